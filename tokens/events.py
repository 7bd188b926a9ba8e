"""Audit tags of this app: `app:subject:action`. A pure table."""

from enum import StrEnum


class Event(StrEnum):
    """What happened to Google connections and keys."""

    API_KEY_ADDED = "tokens:api_key:added"
    API_KEY_CHECKED = "tokens:api_key:checked"
    API_KEY_PROJECT_NAMED = "tokens:api_key:project_named"
    API_KEY_REMOVED = "tokens:api_key:removed"
    API_KEY_SET_ASIDE = "tokens:api_key:set_aside"
    CLIENT_ADDED = "tokens:client:added"
    CLIENT_CHECKED = "tokens:client:checked"
    CLIENT_CHOSEN = "tokens:client:chosen"
    CLIENT_MAILED = "tokens:client:mailed"
    CLIENT_PAUSED = "tokens:client:paused"
    CLIENT_REMOVED = "tokens:client:removed"
    CLIENT_RESUMED = "tokens:client:resumed"
    CLIENT_SECRET_ADDED = "tokens:client:secret_added"  # noqa: S105  # a tag
    CLIENT_SECRET_REMOVED = "tokens:client:secret_removed"  # noqa: S105  # likewise
    CONNECTION_BREAK_MAILED = "tokens:connection:break_mailed"
    CONNECTION_CHECKED = "tokens:connection:checked"
    CONNECTION_CONNECTED = "tokens:connection:connected"
    CONNECTION_DISCONNECTED = "tokens:connection:disconnected"
    CONNECTION_NEEDS_RECONNECT = "tokens:connection:needs_reconnect"
    CONNECTION_REFRESH_ASKED = "tokens:connection:refresh_asked"
    CONNECTION_RECONNECTED = "tokens:connection:reconnected"
    CONNECTION_SCOPES_CHANGED = "tokens:connection:scopes_changed"
    CONNECTION_SET_ASIDE = "tokens:connection:set_aside"
    QUARANTINE_BEGAN = "tokens:quarantine:began"
    QUARANTINE_ENDED = "tokens:quarantine:ended"
    REVOCATION_ENDED = "tokens:revocation:ended"
    ROTATION_DONE = "tokens:rotation:done"
    ROTATION_PAUSED = "tokens:rotation:paused"
    ROTATION_RESUMED = "tokens:rotation:resumed"
    ROTATION_STARTED = "tokens:rotation:started"
    LINK_CREATED = "tokens:link:created"
    LINK_MAILED = "tokens:link:mailed"
    LINK_USED = "tokens:link:used"
    MASTER_KEY_ACTIVATED = "tokens:master_key:activated"
    MASTER_KEY_GIVEN_UP = "tokens:master_key:given_up"
    MASTER_KEY_RECALLED = "tokens:master_key:recalled"
    MASTER_KEY_RETIRED = "tokens:master_key:retired"
    SERVICE_ACCOUNT_ADDED = "tokens:service_account:added"
    SERVICE_ACCOUNT_CHECKED = "tokens:service_account:checked"
    SERVICE_ACCOUNT_KEY_REPLACED = "tokens:service_account:key_replaced"
    SERVICE_ACCOUNT_KEY_SWITCHED = "tokens:service_account:key_switched"
    SERVICE_ACCOUNT_MAILED = "tokens:service_account:mailed"
    SERVICE_ACCOUNT_REMOVED = "tokens:service_account:removed"
    SERVICE_ACCOUNT_ROTATION_ENDED = "tokens:service_account:rotation_ended"
    SERVICE_ACCOUNT_ROTATION_STARTED = "tokens:service_account:rotation_started"
    SERVICE_ACCOUNT_SCHEDULED = "tokens:service_account:scheduled"
    TENANT_SHREDDED = "tokens:tenant:shredded"
    TENANT_KEY_CREATED = "tokens:tenant_key:created"
    TENANT_KEY_DESTROYED = "tokens:tenant_key:destroyed"
    FLOW_FAILED = "tokens:trip:failed"
    FLOW_STARTED = "tokens:trip:started"


# What people read of each of them.
WORDS: dict[Event, str] = {
    Event.API_KEY_ADDED: "API key added",
    Event.API_KEY_CHECKED: "API key checked",
    Event.API_KEY_PROJECT_NAMED: "Project of an API key named",
    Event.API_KEY_REMOVED: "API key removed",
    Event.API_KEY_SET_ASIDE: "API key set aside, work goes on without it",
    Event.CLIENT_ADDED: "OAuth client added",
    Event.CLIENT_CHECKED: "OAuth client checked",
    Event.CLIENT_CHOSEN: "OAuth client chosen for new connections",
    Event.CLIENT_MAILED: "Owner told by mail that an OAuth client is refused",
    Event.CLIENT_PAUSED: "OAuth client paused",
    Event.CLIENT_REMOVED: "OAuth client removed",
    Event.CLIENT_RESUMED: "OAuth client resumed",
    Event.CLIENT_SECRET_ADDED: "OAuth client given a second secret",
    Event.CLIENT_SECRET_REMOVED: "Secret of an OAuth client removed",
    Event.CONNECTION_BREAK_MAILED: "Member told by mail that a Google account broke",
    Event.CONNECTION_CHECKED: "Google account checked",
    Event.CONNECTION_CONNECTED: "Google account connected",
    Event.CONNECTION_DISCONNECTED: "Google account disconnected",
    Event.CONNECTION_NEEDS_RECONNECT: "Google account must be connected again",
    Event.CONNECTION_REFRESH_ASKED: "Refresh of a Google account asked for",
    Event.CONNECTION_RECONNECTED: "Google account connected again",
    Event.CONNECTION_SCOPES_CHANGED: "Permissions of a Google account changed",
    Event.CONNECTION_SET_ASIDE: "Refreshing of a Google account given up",
    Event.QUARANTINE_BEGAN: "Quarantine began",
    Event.QUARANTINE_ENDED: "Quarantine ended",
    Event.REVOCATION_ENDED: "Giving the permission back to Google ended",
    Event.ROTATION_DONE: "Key rotation done",
    Event.ROTATION_PAUSED: "Key rotation paused",
    Event.ROTATION_RESUMED: "Key rotation resumed",
    Event.ROTATION_STARTED: "Key rotation started",
    Event.LINK_CREATED: "Reconnect link made",
    Event.LINK_MAILED: "Reconnect link mailed",
    Event.LINK_USED: "Reconnect link used",
    Event.MASTER_KEY_ACTIVATED: "Master key activated",
    Event.MASTER_KEY_GIVEN_UP: "Master key given up, with what needed it",
    Event.MASTER_KEY_RECALLED: "Retirement of a master key taken back, as secrets need it",
    Event.MASTER_KEY_RETIRED: "Master key retired",
    Event.SERVICE_ACCOUNT_ADDED: "Service account added",
    Event.SERVICE_ACCOUNT_CHECKED: "Service account checked",
    Event.SERVICE_ACCOUNT_KEY_REPLACED: "Service account given a new key",
    Event.SERVICE_ACCOUNT_KEY_SWITCHED: "Service account switched to its new key",
    Event.SERVICE_ACCOUNT_MAILED: "Member told by mail of a service account's trouble",
    Event.SERVICE_ACCOUNT_REMOVED: "Service account removed",
    Event.SERVICE_ACCOUNT_ROTATION_ENDED: "Rotation of a service account's key ended",
    Event.SERVICE_ACCOUNT_ROTATION_STARTED: "Rotation of a service account's key started",
    Event.SERVICE_ACCOUNT_SCHEDULED: "Service account's rotation by age switched on or off",
    Event.TENANT_SHREDDED: "Secrets destroyed",
    Event.TENANT_KEY_CREATED: "Data key made",
    Event.TENANT_KEY_DESTROYED: "Data key destroyed",
    Event.FLOW_FAILED: "Connecting a Google account failed",
    Event.FLOW_STARTED: "Connecting a Google account begun",
}
