"""States of a provisioning request: which may follow which, and what a person is told.

A pure table: no queries, no input or output. `docs/states.md` draws it, and a
test holds the drawing against it.
"""

from dataclasses import dataclass
from enum import StrEnum

from django.db import models


class Status(models.TextChoices):
    """Where a request stands."""

    DRAFT = "draft", "Draft"
    AUTHORIZING = "authorizing", "Waiting for Google account"
    QUEUED = "queued", "Queued"
    REQUESTING = "requesting", "Asking Google"
    AWAITING_TERMS = "awaiting_terms", "Waiting for terms"
    VERIFYING = "verifying", "Verifying"
    CONFIGURING = "configuring", "Setting up"
    COMPLETED = "completed", "Verified"
    WAITING_RETRY = "waiting_retry", "Retry scheduled"
    DECLINED = "declined", "Declined"
    LIMIT_REACHED = "limit_reached", "Account limit reached"
    EXPIRED = "expired", "Expired"
    NEEDS_RECONNECT = "needs_reconnect", "Needs reconnect"
    FAILED = "failed", "Failed"
    CANCELLED = "cancelled", "Cancelled"


S = Status

# Whose details may still change may be completed with an account that exists already.
# An acceptance may come back late: until an account is confirmed, every state
# that a request can wait in leads to `verifying`.
TRANSITIONS: dict[Status, frozenset[Status]] = {
    S.DRAFT: frozenset({S.AUTHORIZING, S.QUEUED, S.COMPLETED, S.CANCELLED}),
    S.AUTHORIZING: frozenset({S.QUEUED, S.COMPLETED, S.CANCELLED}),
    S.QUEUED: frozenset({S.REQUESTING, S.VERIFYING, S.CANCELLED}),
    S.REQUESTING: frozenset(
        {
            S.AWAITING_TERMS,
            S.WAITING_RETRY,
            S.NEEDS_RECONNECT,
            S.LIMIT_REACHED,
            S.FAILED,
            S.VERIFYING,
            S.CANCELLED,
        }
    ),
    S.AWAITING_TERMS: frozenset(
        {
            S.VERIFYING,
            S.DECLINED,
            S.LIMIT_REACHED,
            S.WAITING_RETRY,
            S.FAILED,
            S.QUEUED,
            S.NEEDS_RECONNECT,
            S.CANCELLED,
        }
    ),
    S.VERIFYING: frozenset(
        {
            S.CONFIGURING,
            S.AWAITING_TERMS,
            S.EXPIRED,
            S.LIMIT_REACHED,
            S.NEEDS_RECONNECT,
            S.FAILED,
            S.CANCELLED,
        }
    ),
    S.CONFIGURING: frozenset({S.COMPLETED, S.NEEDS_RECONNECT, S.FAILED}),
    S.WAITING_RETRY: frozenset({S.QUEUED, S.VERIFYING, S.CANCELLED}),
    S.NEEDS_RECONNECT: frozenset(
        {S.QUEUED, S.AWAITING_TERMS, S.VERIFYING, S.CONFIGURING, S.CANCELLED}
    ),
    S.DECLINED: frozenset({S.QUEUED, S.VERIFYING, S.COMPLETED, S.CANCELLED}),
    S.LIMIT_REACHED: frozenset({S.QUEUED, S.VERIFYING, S.COMPLETED, S.CANCELLED}),
    S.EXPIRED: frozenset({S.QUEUED, S.VERIFYING, S.COMPLETED, S.CANCELLED}),
    S.FAILED: frozenset({S.QUEUED, S.VERIFYING, S.CONFIGURING, S.COMPLETED, S.CANCELLED}),
    # Options that were left out may be tried again.
    S.COMPLETED: frozenset({S.CONFIGURING}),
    S.CANCELLED: frozenset(),
}

# What a worker has something to do for, once `due_at` has come.
WORKED = frozenset(
    {
        S.AUTHORIZING,
        S.QUEUED,
        S.REQUESTING,
        S.AWAITING_TERMS,
        S.VERIFYING,
        S.CONFIGURING,
        S.WAITING_RETRY,
        S.NEEDS_RECONNECT,
    }
)
NEEDS_A_PERSON = frozenset(
    {
        S.DRAFT,
        S.AUTHORIZING,
        S.AWAITING_TERMS,
        S.DECLINED,
        S.LIMIT_REACHED,
        S.EXPIRED,
        S.NEEDS_RECONNECT,
        S.FAILED,
    }
)
ENDED = frozenset({S.COMPLETED, S.CANCELLED})
# No account is known, and nobody waits for one: the details may still change.
EDITABLE = frozenset({S.DRAFT, S.AUTHORIZING, S.DECLINED, S.LIMIT_REACHED})


# Google was not asked yet, and goes unasked until somebody goes on.
UNFINISHED = frozenset({S.DRAFT, S.AUTHORIZING})


class Owner(StrEnum):
    """Who has to do something next."""

    PERSON = "person"
    WORKER = "worker"
    NOBODY = "nobody"


class Action(StrEnum):
    """The one next action that a person may take in a state."""

    DETAILS = "details"
    CONNECT = "connect"
    ACCEPT_TERMS = "accept_terms"
    TRY_AGAIN = "try_again"
    RETRY_NOW = "retry_now"
    RECONNECT = "reconnect"
    RESUME = "resume"
    FINISH_SETUP = "finish_setup"
    OTHER_ACCOUNT = "other_account"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class StatusDisplay:
    """How a state is shown: tone of the pill, owner, sentence, next action.

    `label` stands in the pill where the name of the state alone would mislead.
    """

    tone: str
    owner: Owner
    sentence: str
    action: Action
    label: str = ""


DISPLAYS: dict[Status, StatusDisplay] = {
    S.DRAFT: StatusDisplay(
        "idle",
        Owner.PERSON,
        "The details are not complete. Nothing was sent to Google yet.",
        Action.DETAILS,
    ),
    S.AUTHORIZING: StatusDisplay(
        "info",
        Owner.PERSON,
        "The details are saved. Connect the Google account that is to own the new account.",
        Action.CONNECT,
    ),
    S.QUEUED: StatusDisplay(
        "idle",
        Owner.WORKER,
        "The portal is about to ask Google for an account ticket.",
        Action.NONE,
    ),
    S.REQUESTING: StatusDisplay(
        "info",
        Owner.WORKER,
        "The portal is asking Google for an account ticket.",
        Action.NONE,
    ),
    S.AWAITING_TERMS: StatusDisplay(
        "info",
        Owner.PERSON,
        "Google has prepared the account. It is created when its terms are accepted.",
        Action.ACCEPT_TERMS,
    ),
    S.VERIFYING: StatusDisplay(
        "info",
        Owner.WORKER,
        "The portal is checking with Google that the account really exists.",
        Action.NONE,
    ),
    S.CONFIGURING: StatusDisplay(
        "info",
        Owner.WORKER,
        "The account exists. The portal is creating its property and web stream.",
        Action.NONE,
    ),
    S.COMPLETED: StatusDisplay(
        "ok",
        Owner.NOBODY,
        "Account, property and web stream exist and are verified with Google.",
        Action.NONE,
    ),
    S.WAITING_RETRY: StatusDisplay(
        "warn",
        Owner.WORKER,
        "Google could not do it just now. The portal tries again by itself.",
        Action.RETRY_NOW,
    ),
    S.DECLINED: StatusDisplay(
        "idle",
        Owner.PERSON,
        "Google's terms were not accepted. The details are kept.",
        Action.TRY_AGAIN,
    ),
    S.LIMIT_REACHED: StatusDisplay(
        "warn",
        Owner.PERSON,
        "This Google account already holds as many Analytics accounts as Google allows.",
        Action.OTHER_ACCOUNT,
    ),
    S.EXPIRED: StatusDisplay(
        "warn",
        Owner.PERSON,
        "The ticket ended before anybody came back from Google's terms.",
        Action.TRY_AGAIN,
    ),
    S.NEEDS_RECONNECT: StatusDisplay(
        "bad",
        Owner.PERSON,
        "The Google account must be connected again. The request goes on by itself after that.",
        Action.RECONNECT,
    ),
    S.FAILED: StatusDisplay(
        "bad",
        Owner.PERSON,
        "The portal gave up. It does nothing more until somebody says what to do.",
        Action.RESUME,
    ),
    S.CANCELLED: StatusDisplay(
        "idle",
        Owner.NOBODY,
        "The request was cancelled.",
        Action.NONE,
    ),
}


class FailureReason(models.TextChoices):
    """Why the portal gave up on a request."""

    TOO_MANY_TRIES = "too_many_tries", "Google kept failing"
    NOT_CONFIRMED = "not_confirmed", "Google does not list the account that came back"
    AMBIGUOUS = "ambiguous", "Which account is it?"
    REFUSED = "refused", "Google refused the request"
    NO_ACCESS = "no_access", "The Google account has no access"
    MISSING_PERMISSION = "missing_permission", "A permission is missing"
    API_GONE = "api_gone", "Google has switched off this API"
    API_DISABLED = "api_disabled", "The Google Analytics Admin API is switched off"


def worked_on() -> frozenset[Status]:
    """The states that a worker leads out of, without a person."""
    return frozenset(
        status for status, display in DISPLAYS.items() if display.owner is Owner.WORKER
    )


def may_change(old: Status, new: Status) -> bool:
    """Whether `new` may follow `old`."""
    return new in TRANSITIONS[old]
