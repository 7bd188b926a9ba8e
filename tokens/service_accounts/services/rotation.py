"""Rotates service accounts' keys through the IAM API, a step at a time, losing and leaking none.

A step is leased by raising `fencing_token` and pushing `due_at` forward, Google is asked
outside any transaction, and the result is written only while the lease is still
the caller's own. Every step may be done twice. The only one that makes something
first writes that it is about to: should its answer be lost, the next try finds
what it made by comparing Google's list with the one from before.
"""

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, models, transaction
from django.utils import timezone

from accounts.audit.recording import Actor, by_worker, differing, record
from accounts.leases.retry import RetryPolicy, next_try
from tokens.encryption.availability import assert_open
from tokens.encryption.refusals import Refused
from tokens.encryption.sealing import SecretUnreadable, seal
from tokens.events import Event
from tokens.exchanges.recording import Subject
from tokens.google.errors import ErrorKind, GoogleError, Trouble
from tokens.google.retry import PROBE, ROTATE
from tokens.google.scopes import CLOUD_PLATFORM
from tokens.service_accounts.google import (
    LIMIT,
    POLICY,
    PRECONDITION,
    Caller,
    ListedKey,
    create_key,
    delete_key,
    disable_key,
    list_keys,
)
from tokens.service_accounts.key_files import BadKeyFile, KeyFile, read_key_file
from tokens.service_accounts.models.rotation import ServiceAccountRotation
from tokens.service_accounts.models.service_account import ServiceAccount, ServiceAccountKey
from tokens.service_accounts.models.service_account import ServiceAccountKeyState as KeyState
from tokens.service_accounts.services.emails import tell_of_rotation
from tokens.service_accounts.services.service_accounts import active_key, token_by
from tokens.service_accounts.states import ACCOUNT_ROTATION_TRANSITIONS, RotationFailure
from tokens.service_accounts.states import AccountRotationState as State

_MANAGE = frozenset({CLOUD_PLATFORM})
# Longer than all the calls of the longest step.
LEASE = timedelta(seconds=settings.GOOGLE_TIMEOUT * 5)
# After a failure people get a day before the portal tries again by itself.
_QUIET = timedelta(days=1)
_CLOCKS_DIFFER = timedelta(seconds=5)


def overdue(now: datetime) -> tuple[datetime, datetime]:
    """(when a key is old that was made before, since when a rotation keeps others away)."""
    return now - timedelta(days=settings.CREDENTIAL_MAX_AGE_DAYS), now - _QUIET


@transaction.atomic
def start(account: ServiceAccount, actor: Actor) -> ServiceAccountRotation:
    """Begin to rotate an account's key.

    Raises:
        Refused: it is being rotated already, or its key has no id.
    """
    key = active_key(account)
    if not key.kid:
        raise Refused(RotationFailure.NO_KEY_ID.label)
    try:
        with transaction.atomic():
            rotation = ServiceAccountRotation.objects.create(
                tenant_id=account.tenant_id, account=account, old_key=key, due_at=timezone.now()
            )
    except IntegrityError:
        raise Refused("Its key is being rotated already.") from None
    record(Event.SERVICE_ACCOUNT_ROTATION_STARTED, actor, target=account, kid=key.kid)
    return rotation


def start_by_itself(pk: UUID) -> None:
    """Begin for an account whose owner has allowed it, unless that is impossible."""
    account = ServiceAccount.objects.filter(pk=pk, rotates_itself=True).first()
    if account is None or not active_key(account).is_old:
        return
    try:
        start(account, by_worker())
    except Refused:
        schedule(account, by_worker(), by_itself=False)


@transaction.atomic
def schedule(account: ServiceAccount, actor: Actor, *, by_itself: bool) -> None:
    """Let an account's key be rotated by its age, or only when somebody asks.

    Raises:
        Refused: its key has no id.
    """
    if by_itself and not active_key(account).kid:
        raise Refused(RotationFailure.NO_KEY_ID.label)
    before = {"by_itself": account.rotates_itself}
    ServiceAccount.objects.filter(pk=account.pk).update(rotates_itself=by_itself)
    changed = differing(before, {"by_itself": by_itself})
    record(Event.SERVICE_ACCOUNT_SCHEDULED, actor, target=account, **changed)


def drive(pk: UUID) -> None:
    """Go on with a rotation, step by step, until it waits for something.

    Raises:
        PortalSealed: a master key is missing; the rotation stays as it is.
    """
    assert_open()
    while (row := _lease(pk)) is not None:
        _try(row)


def _lease(pk: UUID) -> ServiceAccountRotation | None:
    now = timezone.now()
    seen = (
        ServiceAccountRotation.objects.select_related("account", "old_key", "new_key")
        .filter(pk=pk, finished_at=None, due_at__lte=now)
        .first()
    )
    if seen is None:
        return None
    taken = _mine(seen).update(
        fencing_token=seen.fencing_token + 1, tries=seen.tries + 1, due_at=now + LEASE
    )
    seen.fencing_token, seen.tries = seen.fencing_token + 1, seen.tries + 1
    return seen if taken else None


def _mine(row: ServiceAccountRotation) -> models.QuerySet[ServiceAccountRotation]:
    return ServiceAccountRotation.objects.filter(
        pk=row.pk, fencing_token=row.fencing_token, finished_at=None
    )


def _move(row: ServiceAccountRotation, state: State, wait: timedelta, **changes: Any) -> bool:
    """Write the next state under the lease; False when the lease is somebody else's by now."""
    if state not in ACCOUNT_ROTATION_TRANSITIONS[State(row.state)]:
        raise ValueError(f"A rotation does not go from {row.state} to {state}.")
    due_at = timezone.now() + wait
    return bool(_mine(row).update(state=state, due_at=due_at, tries=0, problem="", **changes))


def _try(row: ServiceAccountRotation) -> None:
    if row.tries > ROTATE.tries:
        _give_up(row, RotationFailure.TROUBLE)
        return
    try:
        _STEPS[State(row.state)](row)
    except SecretUnreadable:
        _give_up(row, RotationFailure.UNREADABLE)
    except Refused as refused:
        _refused(row, refused)
    except GoogleError as error:
        if error.permanent:
            _give_up(row, _reason(error))
        else:
            _later(row, ROTATE, RotationFailure.TROUBLE, str(error), error.retry_after)


def _refused(row: ServiceAccountRotation, refused: Refused) -> None:
    """Google does not take a signature: that of a new key it may not know yet."""
    if row.state in {State.COUNTING, State.CREATING}:
        _give_up(row, RotationFailure.OLD_REFUSED)
    elif row.state == State.UNDOING:
        _give_up(row, RotationFailure(row.reason or RotationFailure.TROUBLE))
    else:
        _later(row, PROBE, RotationFailure.NEW_REFUSED, str(refused))


def _later(
    row: ServiceAccountRotation,
    policy: RetryPolicy,
    reason: RotationFailure,
    problem: str,
    retry_after: float | None = None,
) -> None:
    due_at = next_try(
        policy, tries=row.tries, now=timezone.now(), retry_after=retry_after, rand=random.random
    )
    if due_at is None:
        _give_up(row, reason)
    else:
        _mine(row).update(due_at=due_at, problem=problem[:400])


def _reason(error: GoogleError) -> RotationFailure:
    if error.trouble.code == POLICY:
        return RotationFailure.POLICY
    if error.trouble.code == PRECONDITION:
        return RotationFailure.LIMIT
    if error.kind is ErrorKind.API_DISABLED:
        return RotationFailure.API_OFF
    return (
        RotationFailure.FORBIDDEN if error.kind is ErrorKind.FORBIDDEN else RotationFailure.TROUBLE
    )


def _give_up(row: ServiceAccountRotation, reason: RotationFailure) -> None:
    """Take a new key back that did not prove itself; else end. The old one stays what it was."""
    if row.state in {State.PROBING, State.GRACE}:
        _undo(row, reason)
        return
    with transaction.atomic():
        if not _mine(row).update(
            state=State.FAILED, reason=reason, due_at=None, finished_at=timezone.now()
        ):
            return
        if row.state == State.UNDOING and row.new_key:
            _show_as_other(row.account, row.new_key)
            _destroy(row.new_key)
        _record_failure(row, reason)


def _record_failure(row: ServiceAccountRotation, reason: str) -> None:
    event, failed = Event.SERVICE_ACCOUNT_ROTATION_ENDED, State.FAILED.value
    record(event, by_worker(), target=row.account, state=failed, reason=str(reason))
    tell_of_rotation(row, RotationFailure(reason))


@transaction.atomic
def _undo(row: ServiceAccountRotation, reason: RotationFailure) -> None:
    if _move(row, State.UNDOING, timedelta(0), reason=reason) and row.new_key and row.old_key:
        _set(row.new_key, KeyState.TRIED)
        _set(row.old_key, KeyState.ACTIVE)


def _count(row: ServiceAccountRotation) -> None:
    """List what is there, so that a lost creation can be found; refuse when there is no room."""
    listed = list_keys(_caller(row, row.old_key))
    _note_others(row.account, listed)
    if len(listed) >= LIMIT:
        _give_up(row, RotationFailure.LIMIT)
    else:
        _move(row, State.CREATING, timedelta(0), known_kids=[key.kid for key in listed])


def _create(row: ServiceAccountRotation) -> None:
    """Make a key, and keep it before anything else happens."""
    caller = _caller(row, row.old_key)
    if row.attempted_at:
        _clear_lost(row, caller)
    if not _mine(row).update(attempted_at=timezone.now()):
        return
    try:
        raw = create_key(caller)
    except GoogleError as error:
        if error.permanent:
            _mine(row).update(attempted_at=None)
        raise
    file = _read(row, raw)
    if not _keep(row, file):
        delete_key(caller, file.kid)


def _clear_lost(row: ServiceAccountRotation, caller: Caller) -> None:
    """Delete the key of a try whose answer was lost: nobody has its private half.

    Only when there is no doubt that it is that one: a single new key, made
    while the try ran. Any other is shown to people and left alone.
    """
    listed = list_keys(caller)
    new = [key for key in listed if key.kid not in row.known_kids]
    if len(new) == 1 and row.attempted_at and _made_by(row.attempted_at, new[0]):
        delete_key(caller, new[0].kid)
        listed.remove(new[0])
    _note_others(row.account, listed)


def _made_by(attempt: datetime, key: ListedKey) -> bool:
    # Google writes whole seconds.
    first = attempt - _CLOCKS_DIFFER - timedelta(seconds=1)
    return first <= key.since <= attempt + LEASE + _CLOCKS_DIFFER


def _read(row: ServiceAccountRotation, raw: bytes) -> KeyFile:
    try:
        file = read_key_file(raw)
    except BadKeyFile as error:
        raise GoogleError(Trouble(ErrorKind.MALFORMED_ANSWER)) from error
    if file.email != row.account.email:
        raise GoogleError(Trouble(ErrorKind.MALFORMED_ANSWER))
    return file


@transaction.atomic
def _keep(row: ServiceAccountRotation, file: KeyFile) -> bool:
    key = ServiceAccountKey(tenant_id=row.tenant_id, account=row.account, kid=file.kid)
    key.state = KeyState.TRIED
    seal(key, "private_key", file.private_key)
    key.save(force_insert=True)
    kept = _move(row, State.PROBING, timedelta(0), new_key=key, attempted_at=None)
    if not kept:
        key.delete()
    return kept


def _probe(row: ServiceAccountRotation) -> None:
    """Sign with the new key; once Google takes it, so does everybody here."""
    _caller(row, row.new_key)
    _switch(row)


@transaction.atomic
def _switch(row: ServiceAccountRotation) -> None:
    wait = timedelta(hours=settings.CREDENTIAL_GRACE_HOURS)
    if not _move(row, State.GRACE, wait) or row.old_key is None or row.new_key is None:
        return
    _set(row.old_key, KeyState.RESTING)
    _set(row.new_key, KeyState.ACTIVE)
    ServiceAccount.objects.filter(pk=row.account_id).update(checked_at=timezone.now(), problem="")
    event = Event.SERVICE_ACCOUNT_KEY_SWITCHED
    record(event, by_worker(), target=row.account, kid=row.new_key.kid, old=row.old_key.kid)


def _disable(row: ServiceAccountRotation) -> None:
    """End the old key in a way that can be taken back, by a token of the new one."""
    disable_key(_caller(row, row.new_key), row.old_key.kid if row.old_key else "")
    _move(row, State.OBSERVING, timedelta(hours=settings.CREDENTIAL_OBSERVE_HOURS))


def _delete_old(row: ServiceAccountRotation) -> None:
    """End the old key for good: the new one has just signed once more."""
    caller = _caller(row, row.new_key)
    if row.old_key:
        delete_key(caller, row.old_key.kid)
    listed = list_keys(caller)
    with transaction.atomic():
        changes = {"state": State.DONE, "due_at": None, "finished_at": timezone.now()}
        if not _mine(row).update(problem="", **changes):
            return
        if row.old_key:
            _destroy(row.old_key)
        _note_others(row.account, listed)
        done = State.DONE.value
        record(Event.SERVICE_ACCOUNT_ROTATION_ENDED, by_worker(), target=row.account, state=done)


def _delete_new(row: ServiceAccountRotation) -> None:
    """Take back at Google what did not prove itself, and end."""
    caller = _caller(row, row.old_key)
    if row.new_key:
        delete_key(caller, row.new_key.kid)
    listed = list_keys(caller)
    with transaction.atomic():
        changes = {"state": State.FAILED, "due_at": None, "finished_at": timezone.now()}
        if not _mine(row).update(**changes):
            return
        if row.new_key:
            _destroy(row.new_key)
        _note_others(row.account, listed)
        _record_failure(row, row.reason)


def _caller(row: ServiceAccountRotation, key: ServiceAccountKey | None) -> Caller:
    """Somebody who may manage keys, by a token that `key` has just signed for."""
    if key is None:
        raise Refused("The key is not here any more.")
    token = token_by(row.account, key, _MANAGE, fresh=True)
    return Caller(row.account.email, Subject(row.tenant_id, subject_id=row.account_id), token)


def _set(key: ServiceAccountKey, state: KeyState) -> None:
    ServiceAccountKey.objects.filter(pk=key.pk).update(state=state)


def _destroy(key: ServiceAccountKey) -> None:
    ServiceAccountKey.objects.filter(pk=key.pk).update(state=KeyState.GONE, private_key=None)


def _note_others(account: ServiceAccount, listed: list[ListedKey]) -> None:
    """Remember which keys Google lists that are not here."""
    held = ServiceAccountKey.objects.filter(account=account).exclude(state=KeyState.GONE)
    ours = set(held.values_list("kid", flat=True))
    others = [
        {"kid": key.kid, "since": key.since.isoformat()} for key in listed if key.kid not in ours
    ]
    ServiceAccount.objects.filter(pk=account.pk).update(other_keys=others)


def _show_as_other(account: ServiceAccount, key: ServiceAccountKey) -> None:
    shown = [*account.other_keys, {"kid": key.kid, "since": key.created_at.isoformat()}]
    ServiceAccount.objects.filter(pk=account.pk).update(other_keys=shown)


_STEPS: dict[State, Callable[[ServiceAccountRotation], None]] = {
    State.COUNTING: _count,
    State.CREATING: _create,
    State.PROBING: _probe,
    State.GRACE: _disable,
    State.OBSERVING: _delete_old,
    State.UNDOING: _delete_new,
}
