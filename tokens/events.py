"""Audit tags of this room: `room:subject:action`. A pure table."""

from enum import StrEnum


class Event(StrEnum):
    """What happened to Google connections and keys."""

    CLIENT_PAUSED = "tokens:client:paused"
    CLIENT_RESUMED = "tokens:client:resumed"
    CONNECTION_CONNECTED = "tokens:connection:connected"
    CONNECTION_DISCONNECTED = "tokens:connection:disconnected"
    CONNECTION_NEEDS_RECONNECT = "tokens:connection:needs_reconnect"
    CONNECTION_REFRESH_ASKED = "tokens:connection:refresh_asked"
    CONNECTION_RECONNECTED = "tokens:connection:reconnected"
    REVOCATION_ENDED = "tokens:revocation:ended"
    LINK_CREATED = "tokens:link:created"
    LINK_MAILED = "tokens:link:mailed"
    LINK_USED = "tokens:link:used"
    TENANT_KEY_CREATED = "tokens:tenant_key:created"
    TRIP_FAILED = "tokens:trip:failed"
    TRIP_STARTED = "tokens:trip:started"
