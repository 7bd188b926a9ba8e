"""Audit tags of this room: `room:subject:action`. A pure table."""

from enum import StrEnum


class Event(StrEnum):
    """What happened to provisioning requests."""

    ACCOUNT_VERIFIED = "provisioning:account:verified"
    REQUEST_CREATED = "provisioning:request:created"
    REQUEST_MOVED = "provisioning:request:moved"
    TERMS_OPENED = "provisioning:terms:opened"
    TERMS_RETURN_IGNORED = "provisioning:terms:return_ignored"
    TERMS_RETURNED = "provisioning:terms:returned"
