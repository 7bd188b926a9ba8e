"""What e-mails are about, and those that django-allauth sends at once. Pure tables."""

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
class EmailType:
    """What staff call an e-mail, and what it is about."""

    words: str
    topic: Topic


# E-mails that somebody waits for on a page, by their templates: `<app>/email/<name>` is allauth's.
SENT_AT_ONCE: dict[str, EmailType] = {
    "account/email/email_confirmation_signup": EmailType("The code to sign up", Topic.ASKED),
    "account/email/email_confirmation": EmailType("The code for another address", Topic.ASKED),
    "account/email/login_code": EmailType("The code to sign in", Topic.ASKED),
    "account/email/password_reset_code": EmailType("The code for a new password", Topic.ASKED),
    "account/email/password_reset_key": EmailType("The link for a new password", Topic.ASKED),
    "account/email/account_already_exists": EmailType(
        "Signing up with a known address", Topic.ASKED
    ),
    "account/email/unknown_account": EmailType("Signing in with an unknown address", Topic.ASKED),
    "account/email/email_changed": EmailType("An address was changed", Topic.SECURITY),
    "account/email/email_confirm": EmailType("An address was confirmed", Topic.SECURITY),
    "account/email/email_deleted": EmailType("An address was removed", Topic.SECURITY),
    "account/email/password_changed": EmailType("A password was changed", Topic.SECURITY),
    "account/email/password_reset": EmailType("A password was reset", Topic.SECURITY),
    "account/email/password_set": EmailType("A password was set", Topic.SECURITY),
    "mfa/email/recovery_codes_generated": EmailType("New recovery codes", Topic.SECURITY),
    "mfa/email/totp_activated": EmailType("An authenticator app was added", Topic.SECURITY),
    "mfa/email/totp_deactivated": EmailType("An authenticator app was removed", Topic.SECURITY),
    "mfa/email/webauthn_added": EmailType("A passkey was added", Topic.SECURITY),
    "mfa/email/webauthn_removed": EmailType("A passkey was removed", Topic.SECURITY),
    "socialaccount/email/account_connected": EmailType("Google sign-in was added", Topic.SECURITY),
    "socialaccount/email/account_disconnected": EmailType(
        "Google sign-in was removed", Topic.SECURITY
    ),
}
