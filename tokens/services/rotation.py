"""Rotations: begun, worked on in slices, paused, resumed, ended.

Whoever works on a rotation holds a lease that every batch renews. Progress is
added in the transaction of the batch that made it, so the counters are right
whenever a process dies.
"""

import time
from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from accounts.audit import Actor, by_worker, record
from accounts.models import Tenant
from accounts.tenancy import tenant_scope
from tokens.bulk import Failure
from tokens.claims import data_keys_to_rewrap, tenants_to_renew, tenants_to_rewrap
from tokens.events import Event
from tokens.models import KeyRotation, TenantKey
from tokens.models.rotation import RotationKind, RotationState
from tokens.models.tenant_key import KeyState
from tokens.services.data_keys import emptied, replace_key, write_counts
from tokens.services.elsewhere import KEEPERS, stale_elsewhere
from tokens.services.masters import NotYet
from tokens.services.reseal import count_sealed, count_stale, reseal_tenant
from tokens.services.rewrap import rewrap_tenant
from tokens.standing import active_master, assert_open

LEASE = timedelta(seconds=30)
_KEPT_FAILURES = 100


def open_rotations() -> list[KeyRotation]:
    """Those that are running or paused."""
    return list(KeyRotation.objects.exclude(state=RotationState.DONE).order_by("created_at"))


def oldest_allowed() -> datetime:
    """Data keys from before then are replaced by the clock."""
    return timezone.now() - timedelta(days=settings.DATA_KEY_MAX_DAYS)


def work_for_a_while(seconds: float) -> None:
    """Work on whatever is running and nobody works on, for about so long."""
    until = time.monotonic() + seconds
    for rotation in open_rotations():
        worker = Worker.claim(rotation.pk)
        if worker is None:
            continue
        try:
            for _ in worker.work():
                if time.monotonic() > until:
                    return
        finally:
            worker.let_go()


def start_rewrap(actor: Actor) -> KeyRotation:
    """Begin to wrap every data key with the active master key.

    Raises:
        NotYet: one is open already.
        PortalSealed: a master key is missing.
    """
    assert_open()
    kid = active_master().kid
    rotation = KeyRotation(kind=RotationKind.REWRAP, reason=f"to master key {kid}")
    rotation.total = data_keys_to_rewrap(kid) + stale_elsewhere(kid)
    return _begin(rotation, actor)


def start_reseal(actor: Actor, reason: str, *, organisation: Tenant | None = None) -> KeyRotation:
    """Begin to replace data keys and to seal with the new ones what they have sealed.

    Raises:
        NotYet: one is open already.
        PortalSealed: a master key is missing.
    """
    return _start_reseal(actor, reason, timezone.now(), organisation.pk if organisation else None)


def start_scheduled_reseal() -> KeyRotation | None:
    """Replace the data keys that are too old or have sealed too much, if there are any."""
    before = oldest_allowed()
    if not tenants_to_renew(before):
        return None
    try:
        return _start_reseal(by_worker(), "scheduled by age and use", before, None)
    except NotYet:
        # The one that is open ends first; the clock asks again.
        return None


def _start_reseal(
    actor: Actor, reason: str, before: datetime, organisation: UUID | None
) -> KeyRotation:
    assert_open()
    rotation = KeyRotation(
        kind=RotationKind.RESEAL, reason=reason, renews_before=before, organisation=organisation
    )
    rotation.total = sum(_count(tenant, before) for tenant in _tenants(rotation))
    return _begin(rotation, actor)


def _count(tenant: Tenant, before: datetime) -> int:
    with tenant_scope(tenant), transaction.atomic():
        fresh = TenantKey.objects.filter(state=KeyState.ACTIVE, created_at__gte=before).exists()
        return count_stale(tenant.pk) if fresh else count_sealed(tenant.pk)


def _begin(rotation: KeyRotation, actor: Actor) -> KeyRotation:
    try:
        with transaction.atomic():
            rotation.save(force_insert=True)
            record(Event.ROTATION_STARTED, actor, target=rotation, reason=rotation.reason)
    except IntegrityError as error:
        raise NotYet(
            f"Another rotation of this kind ({rotation.get_kind_display()}) is not done yet."
        ) from error
    return rotation


@transaction.atomic
def pause(rotation: KeyRotation, actor: Actor) -> bool:
    """Stop after the batch that is being done. Returns whether that is news."""
    return _move(
        rotation, RotationState.RUNNING, RotationState.PAUSED, Event.ROTATION_PAUSED, actor
    )


@transaction.atomic
def resume(rotation: KeyRotation, actor: Actor) -> bool:
    """Go on where it was paused."""
    return _move(
        rotation, RotationState.PAUSED, RotationState.RUNNING, Event.ROTATION_RESUMED, actor
    )


def _move(
    rotation: KeyRotation, old: RotationState, new: RotationState, tag: Event, actor: Actor
) -> bool:
    moved = KeyRotation.objects.filter(pk=rotation.pk, state=old).update(state=new)
    if moved:
        rotation.state = new
        record(tag, actor, target=rotation)
    return bool(moved)


@dataclass(slots=True)
class Worker:
    """Whoever holds the lease of a rotation."""

    rotation: KeyRotation

    @classmethod
    def claim(cls, pk: UUID) -> "Worker | None":
        """The right to work on a running rotation, unless somebody has it."""
        now = timezone.now()
        free = Q(leased_until=None) | Q(leased_until__lte=now)
        taken = KeyRotation.objects.filter(free, pk=pk, state=RotationState.RUNNING).update(
            fence=F("fence") + 1, leased_until=now + LEASE
        )
        return cls(KeyRotation.objects.get(pk=pk)) if taken else None

    def work(self) -> Iterator[KeyRotation]:
        """Work batch by batch until the rotation is done, paused or taken over.

        Raises:
            PortalSealed: a master key is missing.
        """
        assert_open()
        rewraps = self.rotation.kind == RotationKind.REWRAP
        with closing((_rewrap_all if rewraps else _reseal_all)(self.rotation)) as batches:
            for _ in batches:
                if not self._still_mine():
                    return
                yield self.rotation
        self._finish()
        yield self.rotation

    def let_go(self) -> None:
        """Give the lease back and write down what was counted."""
        self._mine().update(leased_until=None)
        write_counts()

    def _mine(self) -> "QuerySet[KeyRotation]":
        return KeyRotation.objects.filter(pk=self.rotation.pk, fence=self.rotation.fence)

    def _still_mine(self) -> bool:
        mine = self._mine().filter(state=RotationState.RUNNING)
        held = mine.update(leased_until=timezone.now() + LEASE)
        self.rotation.refresh_from_db()
        return bool(held)

    @transaction.atomic
    def _finish(self) -> None:
        ended = (
            self._mine()
            .filter(state=RotationState.RUNNING)
            .update(state=RotationState.DONE, finished_at=timezone.now(), leased_until=None)
        )
        self.rotation.refresh_from_db()
        if ended:
            record(
                Event.ROTATION_DONE,
                by_worker(),
                target=self.rotation,
                done=self.rotation.done,
                failed=self.rotation.failed,
            )


def _note(rotation: KeyRotation, tenant: Tenant, done: int, failures: list[Failure]) -> None:
    """Add to the counters, inside the batch's transaction. A row fails once, not once a try."""
    known = {(one["model"], one["row"], one["column"]) for one in rotation.failures}
    new = [one for one in failures if (one.model, one.row, one.column) not in known]
    rows = KeyRotation.objects.filter(pk=rotation.pk)
    rows.update(done=F("done") + done, failed=F("failed") + len(new))
    if new:
        named = [{**asdict(one), "organisation": tenant.slug} for one in new]
        rotation.failures = [*rotation.failures, *named][:_KEPT_FAILURES]
        rows.update(failures=rotation.failures)


def _rewrap_all(rotation: KeyRotation) -> Generator[None]:
    for tenant in tenants_to_rewrap(active_master().kid):
        with transaction.atomic():
            _note(rotation, tenant, *rewrap_tenant(tenant))
        yield
    for keeper in KEEPERS:
        with transaction.atomic():
            done = keeper.rewrap(active_master().kid)
            KeyRotation.objects.filter(pk=rotation.pk).update(done=F("done") + done)
        yield


def _reseal_all(rotation: KeyRotation) -> Generator[None]:
    for tenant in _tenants(rotation):
        with tenant_scope(tenant):
            with transaction.atomic():
                _renew(tenant, rotation)
            yield from reseal_tenant(tenant.pk, partial(_note, rotation, tenant))
            with transaction.atomic():
                emptied(tenant.pk)


def _tenants(rotation: KeyRotation) -> list[Tenant]:
    before = rotation.renews_before or rotation.created_at
    return tenants_to_renew(before, only=rotation.organisation)


def _renew(tenant: Tenant, rotation: KeyRotation) -> None:
    """Replace the tenant's data key, unless this rotation has done so before it was interrupted."""
    old = Q(created_at__lt=rotation.renews_before) | Q(sealings__gte=settings.DATA_KEY_MAX_SEALINGS)
    if TenantKey.objects.filter(old, state=KeyState.ACTIVE).exists():
        replace_key(tenant.pk)
