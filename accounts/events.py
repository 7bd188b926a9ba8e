"""Audit tags of this room: `room:subject:action`. A pure table."""

from enum import StrEnum


class Event(StrEnum):
    """What happened to people and tenants."""

    MEMBER_ADDED = "accounts:member:added"
    TENANT_CREATED = "accounts:tenant:created"
    USER_SIGNED_IN = "accounts:user:signed_in"
    USER_SIGNED_UP = "accounts:user:signed_up"


class ActorKind(StrEnum):
    """Who did it."""

    GOOGLE = "google"
    PERSON = "person"
    STAFF = "staff"
    WORKER = "worker"
