"""Every mail that the portal sends, and what it is about. A pure table, of all apps."""

from dataclasses import dataclass
from enum import StrEnum


class Topic(StrEnum):
    """What a mail is about: the unit in which people say which mails they want."""

    SECURITY = "security"
    ASKED = "asked"
    KEYS = "keys"
    LEAVING = "leaving"
    MEMBERSHIP = "membership"
    RECONNECT = "reconnect"
    REQUESTS = "requests"
    STAFF = "staff"
    TERMS = "terms"


@dataclass(frozen=True, slots=True)
class About:
    """How a topic is called, what it holds, and why it cannot be refused if it cannot."""

    words: str
    says: str
    always: str = ""
    is_for_people: bool = True


TOPICS: dict[Topic, About] = {
    Topic.TERMS: About(
        "Terms that wait",
        "A request got a new ticket by itself, or its first ticket waits and is about to run out.",
    ),
    Topic.REQUESTS: About(
        "Requests that stopped",
        "The portal gave up on a request, or is about to cancel one that was never finished.",
    ),
    Topic.RECONNECT: About(
        "Accounts to be connected again",
        "A Google account stopped working, and only a person can connect it again.",
    ),
    Topic.SECURITY: About(
        "Your sign-in",
        "A password, an address, a passkey or an authenticator app was changed.",
        "If it was not you, this mail is how you learn of it.",
    ),
    Topic.ASKED: About(
        "What somebody asked for just now",
        "Codes, invitations and reconnect links.",
        "Without it, what was asked for could not go on.",
    ),
    Topic.MEMBERSHIP: About(
        "Your place in an organisation",
        "Somebody gave you another role, made you the owner, or removed you.",
        "If it was a mistake, this mail is how you learn of it.",
    ),
    Topic.LEAVING: About(
        "The end of an organisation",
        "To owners: its deletion was asked for, was cancelled, or is done.",
        "It cannot be undone, so every owner has to know of it.",
    ),
    Topic.KEYS: About(
        "A client or key of your own that fails",
        "To those who may mend it: Google refuses an OAuth client or a service account's key that "
        "the organisation brought, or a key could not be rotated.",
        "Nothing works through it until somebody mends it.",
    ),
    Topic.STAFF: About(
        "To the staff of the portal",
        "Google refuses a client, secrets do not open, or the portal made an error.",
        "It goes to the addresses in STAFF_EMAILS, and to nobody else.",
        is_for_people=False,
    ),
}
REFUSABLE: list[Topic] = [topic for topic, about in TOPICS.items() if not about.always]


@dataclass(frozen=True, slots=True)
class Mail:
    """One kind of mail: what staff call it, and what it is about."""

    words: str
    topic: Topic


# By template: `templates/email/<name>.txt` is ours, `<app>/email/<name>` is allauth's.
MAILS: dict[str, Mail] = {
    "invitation": Mail("An invitation to an organisation", Topic.ASKED),
    "reconnect_link": Mail("A reconnect link, to the owner of a Google account", Topic.ASKED),
    "terms_again": Mail("A new ticket's terms wait", Topic.TERMS),
    "terms_waiting": Mail("A first ticket's terms still wait", Topic.TERMS),
    "request_failed": Mail("The portal gave up on a request", Topic.REQUESTS),
    "request_ending": Mail("An unfinished request is about to be cancelled", Topic.REQUESTS),
    "connection_broken": Mail("A Google account must be connected again", Topic.RECONNECT),
    "role_changed": Mail("Another role in an organisation", Topic.MEMBERSHIP),
    "member_removed": Mail("Removed from an organisation", Topic.MEMBERSHIP),
    "ownership_received": Mail("An organisation is handed over to you", Topic.MEMBERSHIP),
    "deletion_requested": Mail("An organisation will be deleted", Topic.LEAVING),
    "deletion_cancelled": Mail("An organisation is kept after all", Topic.LEAVING),
    "organisation_deleted": Mail("An organisation is deleted, with the proof", Topic.LEAVING),
    "own_client_refused": Mail("Google refuses a client of their own", Topic.KEYS),
    "service_account_refused": Mail("Google refuses a service account's key", Topic.KEYS),
    "rotation_stopped": Mail("A service account's key could not be rotated", Topic.KEYS),
    "client_refused": Mail("Google refuses the OAuth client", Topic.STAFF),
    "server_errors": Mail("Errors in the portal itself", Topic.STAFF),
    "portal_sealed": Mail("A master key is missing", Topic.STAFF),
    "quarantine_stays": Mail("Stored secrets do not open", Topic.STAFF),
    "account/email/email_confirmation_signup": Mail("The code to sign up", Topic.ASKED),
    "account/email/email_confirmation": Mail("The code for another address", Topic.ASKED),
    "account/email/login_code": Mail("The code to sign in", Topic.ASKED),
    "account/email/password_reset_code": Mail("The code for a new password", Topic.ASKED),
    "account/email/password_reset_key": Mail("The link for a new password", Topic.ASKED),
    "account/email/account_already_exists": Mail("Signing up with a known address", Topic.ASKED),
    "account/email/unknown_account": Mail("Signing in with an unknown address", Topic.ASKED),
    "account/email/email_changed": Mail("An address was changed", Topic.SECURITY),
    "account/email/email_confirm": Mail("An address was confirmed", Topic.SECURITY),
    "account/email/email_deleted": Mail("An address was removed", Topic.SECURITY),
    "account/email/password_changed": Mail("A password was changed", Topic.SECURITY),
    "account/email/password_reset": Mail("A password was reset", Topic.SECURITY),
    "account/email/password_set": Mail("A password was set", Topic.SECURITY),
    "mfa/email/recovery_codes_generated": Mail("New recovery codes", Topic.SECURITY),
    "mfa/email/totp_activated": Mail("An authenticator app was added", Topic.SECURITY),
    "mfa/email/totp_deactivated": Mail("An authenticator app was removed", Topic.SECURITY),
    "mfa/email/webauthn_added": Mail("A passkey was added", Topic.SECURITY),
    "mfa/email/webauthn_removed": Mail("A passkey was removed", Topic.SECURITY),
    "socialaccount/email/account_connected": Mail("Google sign-in was added", Topic.SECURITY),
    "socialaccount/email/account_disconnected": Mail("Google sign-in was removed", Topic.SECURITY),
}
