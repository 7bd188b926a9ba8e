"""Audit tags of this room: `room:subject:action`. A pure table."""

from enum import StrEnum


class Event(StrEnum):
    """What happened to Google connections and keys."""

    CONNECTION_CONNECTED = "tokens:connection:connected"
    CONNECTION_NEEDS_RECONNECT = "tokens:connection:needs_reconnect"
    CONNECTION_RECONNECTED = "tokens:connection:reconnected"
    TENANT_KEY_CREATED = "tokens:tenant_key:created"
    TRIP_FAILED = "tokens:trip:failed"
    TRIP_STARTED = "tokens:trip:started"
