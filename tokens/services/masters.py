"""Master keys: introduced by settings, active when every process has them, retired when unneeded.

A key that is new at the head of `FIELD_ENCRYPTION_KEY` only opens at first. Were
it used at once, a process that still runs with the old settings could open
nothing that it wraps; so every running process reports its keys, and a key
becomes active only when all of them hold it.
"""

import os
import socket
import uuid
from collections.abc import Sequence
from functools import cache

from django.db import transaction
from django.utils import timezone

from accounts.audit import Actor, record
from tokens.claims import data_keys_wrapped_by
from tokens.events import Event
from tokens.models import KeyReport, MasterKey
from tokens.models.master_key import SILENCE, MasterState
from tokens.services.elsewhere import needing_elsewhere
from tokens.services.quarantine import quarantine_after_silence
from tokens.standing import active_master
from tokens.wrapping import key_ring

_NAMED = 10


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
    KeyReport.objects.update_or_create(
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


def newcomer() -> MasterKey | None:
    """The key at the head of this process's ring, while it waits to become active."""
    register()
    head = next(iter(key_ring()), None)
    row = MasterKey.objects.filter(kid=head).first()
    waits = row is not None and row.state == MasterState.OPENS_ONLY and row.activated_at is None
    return row if waits else None


def laggards(kid: str) -> list[KeyReport]:
    """Running processes that do not hold the master key `kid` yet."""
    return [one for one in KeyReport.objects.living() if not one.holds(kid)]


@transaction.atomic
def promote(kid: str, actor: Actor) -> MasterKey:
    """Let `kid` wrap data keys from now on; the one before it opens only.

    Raises:
        NotYet: this process or another that runs does not hold it, or it is retired.
    """
    register()
    row = MasterKey.objects.select_for_update().filter(kid=kid).first()
    if row is None or kid not in key_ring():
        raise NotYet(f"Master key {kid} is not in this process's FIELD_ENCRYPTION_KEY.")
    if row.state == MasterState.RETIRED:
        raise NotYet(f"Master key {kid} is retired. Make a new one.")
    if row.state == MasterState.ACTIVE:
        return row
    if missing := laggards(kid):
        raise NotYet(
            f"Not every process holds master key {kid} yet. Restart {_listed(missing)} "
            "with the new FIELD_ENCRYPTION_KEY first."
        )
    MasterKey.objects.filter(state=MasterState.ACTIVE).update(state=MasterState.OPENS_ONLY)
    row.state, row.activated_at = MasterState.ACTIVE, timezone.now()
    row.save(update_fields=["state", "activated_at"])
    record(Event.MASTER_KEY_ACTIVATED, actor, target=row)
    return row


@transaction.atomic
def retire(kid: str, actor: Actor) -> MasterKey:
    """Say that nothing needs `kid` any more, so that it may leave the settings.

    Raises:
        NotYet: it is active, or secrets are wrapped with it; they are named.
    """
    row = MasterKey.objects.select_for_update().filter(kid=kid).first()
    if row is None:
        raise NotYet(f"There is no master key {kid}.")
    if row.state == MasterState.ACTIVE:
        raise NotYet(f"Master key {kid} is the active one. Introduce another first.")
    if needing := [*data_keys_wrapped_by(kid, _NAMED), *needing_elsewhere(kid)]:
        raise NotYet(f"Master key {kid} is still needed by {'; '.join(needing)}. Rotate first.")
    if row.state != MasterState.RETIRED:
        row.state, row.retired_at = MasterState.RETIRED, timezone.now()
        row.save(update_fields=["state", "retired_at"])
        record(Event.MASTER_KEY_RETIRED, actor, target=row)
    return row


def _listed(reports: Sequence[KeyReport]) -> str:
    names = [str(one) for one in reports[:_NAMED]]
    more = len(reports) - len(names)
    return "; ".join(names) + (f"; and {more} more" if more else "")
