"""Master keys: introduced by settings, active when every process has them, retired when unneeded.

A key that is new at the head of `FIELD_ENCRYPTION_KEY` only opens at first. Were
it used at once, a process that still runs with the old settings could open
nothing that it wraps; so every running process reports its keys, and a key
becomes active only when all of them hold it.
"""

import os
import socket
import uuid
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache

from django.db import OperationalError, connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.audit.recording import Actor, by_worker, record
from accounts.tenancy.scope import tenant_scope
from tokens.encryption.availability import PortalSealed, active_master, key_availability
from tokens.encryption.models.master_key import SILENCE, KeyReport, MasterKey, MasterState
from tokens.encryption.models.tenant_key import KeyState, TenantKey
from tokens.encryption.services.restore_hold import quarantine_after_silence
from tokens.encryption.services.rewrap import tried_data_keys
from tokens.encryption.services.secret_stores import Tried, needing_elsewhere, try_elsewhere
from tokens.encryption.unscoped import (
    data_keys_wrapped_by,
    tenants_with_data_keys_under,
    wraps_data_keys,
)
from tokens.encryption.wrapping import key_ring
from tokens.events import Event

_NAMED = 10
# So long transactions that wrap are waited for before a key's state is changed.
_PATIENCE = "10s"
# A key that was retired longer ago than any transaction lives is looked at when a process starts.
_LATELY = timedelta(hours=1)


class NotYet(Exception):
    """A key cannot change its state now. Nothing was changed; the message says what is missing."""


@cache
def _process() -> str:
    return uuid.uuid4().hex


def report(kind: str) -> None:
    """Say which master keys this process holds, and forget processes that ended long ago.

    Whoever finds that nobody has reported for long begins a quarantine: so
    looks a database that was restored from a backup.
    """
    now = timezone.now()
    quarantine_after_silence(now)
    _, is_first = KeyReport.objects.update_or_create(
        process=_process(),
        defaults={
            "kind": kind,
            "host": socket.gethostname()[:80],
            "pid": os.getpid(),
            "kids": " ".join(key_ring()),
            "seen_at": now,
        },
    )
    KeyReport.objects.filter(seen_at__lt=now - SILENCE * 10).delete()
    register()
    recall(retired_since=None if is_first else now - _LATELY)


def register() -> None:
    """Make the keys of this process known; one that is new opens only."""
    ring = key_ring()
    if not ring:
        return
    if not MasterKey.objects.filter(state=MasterState.ACTIVE).exists():
        active_master()
    known = set(MasterKey.objects.filter(kid__in=ring).values_list("kid", flat=True))
    MasterKey.objects.bulk_create(
        (
            MasterKey(kid=kid, check_value=key.check_value)
            for kid, key in ring.items()
            if kid not in known
        ),
        ignore_conflicts=True,
    )


def waiting_key() -> MasterKey | None:
    """The key at the head of this process's ring, while it waits to become active."""
    register()
    head = next(iter(key_ring()), None)
    row = MasterKey.objects.filter(kid=head).first()
    waits = row is not None and row.state == MasterState.OPENS_ONLY and row.activated_at is None
    return row if waits else None


def newer_elsewhere() -> list[str]:
    """New keys that other running processes hold and this one does not, in words.

    A shell with older settings than the portal's would rotate to the key of before.
    """
    new = _never_active().exclude(kid__in=key_ring())
    return [
        f"Master key {row.kid} is new in {one}, and not in this process's FIELD_ENCRYPTION_KEY."
        for row in new
        for one in KeyReport.objects.living()
        if one.holds(row.kid)
    ]


def misplaced() -> list[str]:
    """New keys of this process's ring that stand behind another, and so never become active."""
    head = next(iter(key_ring()), None)
    new = _never_active().filter(kid__in=key_ring()).exclude(kid=head)
    return [f"Master key {row.kid} is new, but stands behind {head}: put it first." for row in new]


def _never_active() -> QuerySet[MasterKey]:
    return MasterKey.objects.filter(state=MasterState.OPENS_ONLY, activated_at=None)


def processes_without(kid: str) -> list[KeyReport]:
    """Running processes that do not hold the master key `kid` yet."""
    return [one for one in KeyReport.objects.living() if not one.holds(kid)]


def holding(kid: str) -> list[KeyReport]:
    """Running processes that hold the master key `kid`."""
    return [one for one in KeyReport.objects.living() if one.holds(kid)]


@transaction.atomic
def promote(kid: str, actor: Actor) -> MasterKey:
    """Let `kid` wrap data keys from now on; the one before it opens only.

    Also the way back: the one before can be made active again, as long as it is held.

    Raises:
        NotYet: this process or another that runs does not hold it, it is retired, or what
            wraps with the active one takes long.
        PortalSealed: another master key is missing; nothing could be wrapped anew.
    """
    register()
    rows = _locked()
    row = rows.get(kid)
    if row is None or kid not in key_ring():
        raise NotYet(f"Master key {kid} is not in this process's FIELD_ENCRYPTION_KEY.")
    if row.state == MasterState.RETIRED:
        raise NotYet(f"Master key {kid} is retired. Make a new one.")
    if row.state == MasterState.ACTIVE:
        return row
    now = key_availability()
    if not now.is_open:
        raise PortalSealed(now.why)
    return _activate(row, actor)


def _activate(row: MasterKey, actor: Actor) -> MasterKey:
    if missing := processes_without(row.kid):
        raise NotYet(
            f"Not every process holds master key {row.kid} yet. Restart {_listed(missing)} "
            f"with the new FIELD_ENCRYPTION_KEY first. {_until(missing)}"
        )
    MasterKey.objects.filter(state=MasterState.ACTIVE).update(state=MasterState.OPENS_ONLY)
    row.state, row.activated_at = MasterState.ACTIVE, timezone.now()
    row.save(update_fields=["state", "activated_at"])
    record(Event.MASTER_KEY_ACTIVATED, actor, target=row)
    return row


def _locked() -> dict[str, MasterKey]:
    """Every master key, for its state to be changed, after whatever wraps with one has ended.

    Raises:
        NotYet: a transaction that wraps lasts too long to be waited for.
    """
    try:
        with transaction.atomic():
            if connection.vendor == "postgresql":
                with connection.cursor() as cursor:
                    cursor.execute("SELECT set_config('lock_timeout', %s, true)", [_PATIENCE])
            rows = MasterKey.objects.select_for_update().order_by("kid")
            return {row.kid: row for row in rows}
    except OperationalError as error:
        raise NotYet(
            "A transaction that wraps a data key or a secret is still open, so no master key can "
            "change its state. Nothing was changed. Try again in a minute."
        ) from error


@transaction.atomic
def retire(kid: str, actor: Actor) -> MasterKey:
    """Say that nothing needs `kid` any more, so that it may leave the settings.

    Raises:
        NotYet: it is active, secrets are wrapped with it (they are named), or what wraps with
            a master key takes long.
    """
    row = _known(kid)
    if row.state == MasterState.ACTIVE:
        raise NotYet(f"Master key {kid} is the active one. Introduce another first.")
    if needing := _needing(kid):
        raise NotYet(f"Master key {kid} is still needed by {'; '.join(needing)}. {_way_on(kid)}")
    if row.state != MasterState.RETIRED:
        _retired(row, actor, given_up=False)
    return row


@transaction.atomic
def give_up(kid: str, actor: Actor) -> MasterKey:
    """Retire `kid` although secrets need it, because they do not open: it is lost, or they are.

    They will never open. Their organisations get new data keys when they keep the next secret.

    Raises:
        NotYet: something that needs it opens, or another running process holds it; or it is
            active, and no other key can be.
    """
    row = _known(kid)
    if kid not in key_ring() and (holders := holding(kid)):
        raise NotYet(
            f"Master key {kid} is not lost: it is held by {_listed(holders)}. Nothing was changed. "
            f"Take FIELD_ENCRYPTION_KEY from there. {_until(holders)}"
        )
    if any(not one.why for one in _tried_under(kid)):
        raise NotYet(
            f"Secrets open with master key {kid} in this process, so nothing is lost. Rotate first."
        )
    if row.state == MasterState.ACTIVE:
        _activate(_successor(row), actor)
        row.refresh_from_db()
    for tenant in tenants_with_data_keys_under(kid):
        with tenant_scope(tenant):
            TenantKey.objects.filter(wrapped_by=kid, state=KeyState.ACTIVE).update(
                state=KeyState.OPENS_ONLY, replaced_at=timezone.now()
            )
    _retired(row, actor, given_up=True)
    return row


def _successor(row: MasterKey) -> MasterKey:
    register()
    head = next(iter(key_ring()), None)
    found = MasterKey.objects.filter(kid=head).exclude(kid=row.kid).first()
    if found is None or found.state == MasterState.RETIRED:
        raise NotYet(
            f"Master key {row.kid} is the active one, and the first key of this process's "
            "FIELD_ENCRYPTION_KEY cannot take its place. Put a new key in front, and restart."
        )
    return found


def _retired(row: MasterKey, actor: Actor, *, given_up: bool) -> None:
    row.state, row.retired_at = MasterState.RETIRED, timezone.now()
    row.given_up_at = row.retired_at if given_up else None
    row.save(update_fields=["state", "retired_at", "given_up_at"])
    event = Event.MASTER_KEY_GIVEN_UP if given_up else Event.MASTER_KEY_RETIRED
    record(event, actor, target=row)


def recall(*, retired_since: datetime | None = None) -> None:
    """Take back retirements of master keys that are needed all the same: they are missing now."""
    rows = MasterKey.objects.filter(state=MasterState.RETIRED, given_up_at=None)
    for row in rows.filter(retired_at__gte=retired_since) if retired_since else rows:
        if wraps_data_keys(row.kid) or needing_elsewhere(row.kid):
            with transaction.atomic():
                MasterKey.objects.filter(pk=row.pk).update(
                    state=MasterState.OPENS_ONLY, retired_at=None
                )
                record(Event.MASTER_KEY_RECALLED, by_worker(), target=row)


def _known(kid: str) -> MasterKey:
    row = _locked().get(kid)
    if row is None:
        raise NotYet(f"There is no master key {kid}.")
    return row


def _needing(kid: str) -> list[str]:
    return [*data_keys_wrapped_by(kid, _NAMED), *needing_elsewhere(kid)]


def _tried_under(kid: str) -> Iterator[Tried]:
    yield from tried_data_keys(kid)
    yield from (one for one in try_elsewhere() if one.kid == kid)


def _way_on(kid: str) -> str:
    command = f"manage.py rotate_keys --retire {kid} --give-up"
    if kid not in key_ring():
        return f"It is not in this process's ring: put it back and rotate. If it is lost: {command}"
    if any(not one.why for one in _tried_under(kid)):
        return "Rotate first."
    return f"None of that opens any more, so no rotation takes it along. To go on: {command}"


def _until(missing: Sequence[KeyReport]) -> str:
    """When whoever ended without a word is not waited for any more."""
    last = max(one.seen_at for one in missing)
    over = timezone.localtime(last + SILENCE, UTC)
    return f"Whoever of them has ended is not waited for after {over:%H:%M:%S} UTC."


def _listed(reports: Sequence[KeyReport]) -> str:
    now = timezone.now()
    names = [
        f"{one} (last heard of {(now - one.seen_at).total_seconds():.0f} seconds ago)"
        for one in reports[:_NAMED]
    ]
    more = len(reports) - len(names)
    return "; ".join(names) + (f"; and {more} more" if more else "")
