"""States of rotations of service accounts' keys. A pure table."""

from django.db import models


class AccountRotationState(models.TextChoices):
    """How far the rotation of a service account's key is; the label is what people are told."""

    COUNTING = "counting", "The keys at Google are being counted"
    CREATING = "creating", "Google is being asked for a new key"
    PROBING = "probing", "The new key is being tried"
    GRACE = "grace", "The new key is in use; the old one still works for a while"
    OBSERVING = "observing", "The old key is disabled; it is deleted when nothing needs it"
    UNDOING = "undoing", "The new key is being taken back"
    DONE = "done", "The new key is in use and the old one deleted"
    FAILED = "failed", "The key could not be rotated"


ACCOUNT_ROTATION_TRANSITIONS: dict[AccountRotationState, frozenset[AccountRotationState]] = {
    AccountRotationState.COUNTING: frozenset(
        {AccountRotationState.CREATING, AccountRotationState.FAILED}
    ),
    AccountRotationState.CREATING: frozenset(
        {AccountRotationState.PROBING, AccountRotationState.FAILED}
    ),
    AccountRotationState.PROBING: frozenset(
        {AccountRotationState.GRACE, AccountRotationState.UNDOING}
    ),
    AccountRotationState.GRACE: frozenset(
        {AccountRotationState.OBSERVING, AccountRotationState.UNDOING}
    ),
    AccountRotationState.OBSERVING: frozenset(
        {AccountRotationState.DONE, AccountRotationState.FAILED}
    ),
    AccountRotationState.UNDOING: frozenset({AccountRotationState.FAILED}),
    AccountRotationState.DONE: frozenset(),
    AccountRotationState.FAILED: frozenset(),
}


class RotationFailure(models.TextChoices):
    """Why a service account's key was not rotated, and what to do."""

    LIMIT = (
        "limit",
        (
            "Google keeps ten keys for a service account, and this one has them. "
            "Delete one that nobody uses in Google Cloud, then rotate again."
        ),
    )
    POLICY = (
        "policy",
        (
            "Your organisation forbids new keys (iam.disableServiceAccountKeyCreation). "
            "Ask its administrators for an exception; the present key stays in use."
        ),
    )
    FORBIDDEN = (
        "forbidden",
        (
            "The service account may not manage its own keys. Give it the role "
            "Service Account Key Admin on itself in Google Cloud."
        ),
    )
    API_OFF = "api_off", "The IAM API is switched off in the project. Enable it in Google Cloud."
    NO_KEY_ID = (
        "no_key_id",
        (
            "The present key came from a P12 file, which does not name it, so it could not be "
            "deleted afterwards. Upload a JSON key once; from then on the portal rotates."
        ),
    )
    OLD_REFUSED = "old_refused", "Google does not accept the present key. Upload a new one."
    NEW_REFUSED = "new_refused", "Google did not accept the new key for too long."
    UNREADABLE = "unreadable", "A sealed key cannot be opened. Upload a new one."
    TROUBLE = "trouble", "Google could not be asked for too long. Rotate again later."
