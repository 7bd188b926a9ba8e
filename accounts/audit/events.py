"""Audit tags of this app: `app:subject:action`. A pure table."""

from enum import StrEnum


class Event(StrEnum):
    """What happened to people and tenants."""

    AUDIT_EXPORTED = "accounts:audit:exported"
    INVITATION_ACCEPTED = "accounts:invitation:accepted"
    INVITATION_RENEWED = "accounts:invitation:renewed"
    INVITATION_REVOKED = "accounts:invitation:revoked"
    INVITATION_SENT = "accounts:invitation:sent"
    MAIL_ASKED_FOR = "accounts:mail:asked_for"
    MAILS_CHOSEN = "accounts:mails:chosen"
    MEMBER_ADDED = "accounts:member:added"
    MEMBER_REMOVED = "accounts:member:removed"
    MEMBER_TOLD = "accounts:member:told"
    MEMBER_ROLE_CHANGED = "accounts:member:role_changed"
    OWNER_TOLD = "accounts:owner:told"
    OWNERSHIP_TRANSFERRED = "accounts:tenant:transferred"
    MEMBER_LEFT = "accounts:member:left"
    STAFF_TOLD = "accounts:staff:told"
    SUPPORT_ENDED = "accounts:support:ended"
    SUPPORT_STARTED = "accounts:support:started"
    TENANT_CHANGED = "accounts:tenant:changed"
    TENANT_CREATED = "accounts:tenant:created"
    TENANT_DELETED = "accounts:tenant:deleted"
    TENANT_DELETION_CANCELLED = "accounts:tenant:deletion_cancelled"
    TENANT_DELETION_REQUESTED = "accounts:tenant:deletion_requested"
    TENANT_ERASED = "accounts:tenant:erased"
    TENANT_EXPORTED = "accounts:tenant:exported"
    USER_CHANGED = "accounts:user:changed"
    USER_CLOSED = "accounts:user:closed"
    USER_EMAIL_CHANGED = "accounts:user:email_changed"
    USER_EMAIL_REMOVED = "accounts:user:email_removed"
    USER_EXPORTED = "accounts:user:exported"
    USER_GOOGLE_ADDED = "accounts:user:google_added"
    USER_GOOGLE_REMOVED = "accounts:user:google_removed"
    USER_PASSWORD_SET = "accounts:user:password_set"  # noqa: S105  # a tag
    USER_SECOND_STEP_ADDED = "accounts:user:second_step_added"
    USER_SECOND_STEP_REMOVED = "accounts:user:second_step_removed"
    USER_SECOND_STEP_RENEWED = "accounts:user:second_step_renewed"
    USER_SIGN_IN_REFUSED = "accounts:user:sign_in_refused"
    USER_SIGNED_IN = "accounts:user:signed_in"
    USER_SIGNED_OUT = "accounts:user:signed_out"
    USER_SIGNED_UP = "accounts:user:signed_up"


class ActorKind(StrEnum):
    """Who did it."""

    GOOGLE = "google"
    PERSON = "person"
    STAFF = "staff"
    WORKER = "worker"


# What people read of each of them.
WORDS: dict[Event, str] = {
    Event.AUDIT_EXPORTED: "Audit log downloaded",
    Event.INVITATION_ACCEPTED: "Invitation accepted",
    Event.INVITATION_RENEWED: "Invitation sent again",
    Event.INVITATION_REVOKED: "Invitation taken back",
    Event.INVITATION_SENT: "Person invited",
    Event.MAIL_ASKED_FOR: "Sending of a mail asked for again",
    Event.MAILS_CHOSEN: "Choice of mails changed",
    Event.MEMBER_ADDED: "Member joined",
    Event.MEMBER_REMOVED: "Member removed",
    Event.MEMBER_TOLD: "Member told by mail of their place",
    Event.MEMBER_ROLE_CHANGED: "Role of a member changed",
    Event.OWNER_TOLD: "Owner told by mail of the deletion",
    Event.OWNERSHIP_TRANSFERRED: "Organisation handed over",
    Event.MEMBER_LEFT: "Member closed their account",
    Event.STAFF_TOLD: "Staff told by mail",
    Event.SUPPORT_ENDED: "Support view ended",
    Event.SUPPORT_STARTED: "Support view opened",
    Event.TENANT_CHANGED: "Settings of the organisation changed",
    Event.TENANT_CREATED: "Organisation created",
    Event.TENANT_DELETED: "Organisation deleted, proof kept",
    Event.TENANT_DELETION_CANCELLED: "Deletion of the organisation cancelled",
    Event.TENANT_DELETION_REQUESTED: "Deletion of the organisation asked for",
    Event.TENANT_ERASED: "Organisation erased",
    Event.TENANT_EXPORTED: "All data downloaded",
    Event.USER_CHANGED: "Person changed by staff",
    Event.USER_CLOSED: "Account closed",
    Event.USER_EMAIL_CHANGED: "Address to sign in with changed",
    Event.USER_EMAIL_REMOVED: "Address removed",
    Event.USER_EXPORTED: "Own data downloaded",
    Event.USER_GOOGLE_ADDED: "Sign-in with Google added",
    Event.USER_GOOGLE_REMOVED: "Sign-in with Google removed",
    Event.USER_PASSWORD_SET: "Password changed",
    Event.USER_SECOND_STEP_ADDED: "Second step added",
    Event.USER_SECOND_STEP_REMOVED: "Second step removed",
    Event.USER_SECOND_STEP_RENEWED: "Second step renewed",
    Event.USER_SIGN_IN_REFUSED: "Sign-in refused",
    Event.USER_SIGNED_IN: "Signed in",
    Event.USER_SIGNED_OUT: "Signed out of browsers",
    Event.USER_SIGNED_UP: "Signed up",
}
