"""Rotations: begun, worked on in slices, paused, resumed, ended.

Whoever works on a rotation holds a lease that every batch renews. Progress is
added in the transaction of the batch that made it, so the counters are right
whenever a process dies.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

import structlog
from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Greatest
from django.utils import timezone

from accounts.audit.recording import Actor, by_worker, record
from accounts.tenancy.models import Tenant
from accounts.tenancy.scope import tenant_scope
from tokens.encryption.availability import active_master, assert_open, wrapping_master
from tokens.encryption.batches import Failure
from tokens.encryption.models.rotation import KeyRotation, RotationKind, RotationState
from tokens.encryption.models.tenant_key import KeyState, TenantKey
from tokens.encryption.sealing import Sealer, SecretUnreadable, opens
from tokens.encryption.services.data_keys import emptied, replace_key, write_counts
from tokens.encryption.services.master_keys import NotYet
from tokens.encryption.services.reseal import count_sealed, count_stale, reseal_tenant
from tokens.encryption.services.rewrap import count_to_rewrap, rewrap_tenant
from tokens.encryption.services.secret_stores import SECRET_STORES, SecretStore, stale_elsewhere
from tokens.encryption.unscoped import data_keys_to_rewrap, tenants_to_renew, tenants_to_rewrap
from tokens.events import Event

log = structlog.get_logger(__name__)

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
        worker = Worker.lease(rotation.pk)
        if worker is None:
            continue
        try:
            for _ in worker.work():
                if time.monotonic() > until:
                    return
        except Exception as error:  # noqa: BLE001  # the others' turn comes all the same
            _note_problem(rotation, rotation.get_kind_display(), error)
        finally:
            worker.let_go()


def start_rewrap(actor: Actor) -> KeyRotation:
    """Begin to wrap every data key with the active master key.

    Raises:
        NotYet: one is open already.
        PortalSealed: a master key is missing.
    """
    assert_open()
    rotation = KeyRotation(kind=RotationKind.REWRAP, reason=_to_active())
    rotation.total = to_rewrap()
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
    rotation.total = _to_reseal(rotation)
    return _begin(rotation, actor)


def _to_active() -> str:
    return f"to master key {active_master().kid}"


def to_rewrap() -> int:
    """How many secrets stand under another master key than the active one, or bound formerly."""
    kid = active_master().kid
    return data_keys_to_rewrap(kid) + stale_elsewhere(kid)


def _to_reseal(rotation: KeyRotation) -> int:
    """How many rows the tenants' tables still hold that the rotation is for."""
    return sum(many for _, many in _stand_to_reseal(rotation))


def _stand_to_reseal(rotation: KeyRotation) -> Iterator[tuple[str, int]]:
    """The same by organisation."""
    before = rotation.renews_before or rotation.created_at
    for tenant in _tenants(rotation):
        yield tenant.slug, _count(tenant, before)


def _stand_to_rewrap(_: KeyRotation) -> Iterator[tuple[str, int]]:
    """How many secrets stand under another master key than the active one, by their place."""
    kid = active_master().kid
    for tenant in tenants_to_rewrap(kid):
        yield tenant.slug, count_to_rewrap(tenant, kid)
    for store in SECRET_STORES:
        yield store.name, store.stale(kid)


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
            f"Another rotation of this kind ({rotation.get_kind_display()}) is not done yet. "
            "Workers go on with it, and so does manage.py rotate_keys --resume. Begin this one "
            "after it."
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
    # Whether a whole pass has ended, and something is left: rows that others hold.
    waits: bool = False

    @classmethod
    def lease(cls, pk: UUID) -> "Worker | None":
        """The right to work on a running rotation, unless somebody has it."""
        now = timezone.now()
        free = Q(leased_until=None) | Q(leased_until__lte=now)
        taken = KeyRotation.objects.filter(free, pk=pk, state=RotationState.RUNNING).update(
            fencing_token=F("fencing_token") + 1, leased_until=now + LEASE
        )
        return cls(KeyRotation.objects.get(pk=pk)) if taken else None

    def work(self) -> Iterator[KeyRotation]:
        """Work batch by batch until all has been tried once, or it is paused or taken over.

        An organisation or store that cannot be worked on is named and passed by.

        Raises:
            PortalSealed: a master key is missing.
        """
        assert_open()
        rewraps = self.rotation.kind == RotationKind.REWRAP
        self._begin_pass(rewraps=rewraps)
        for name, part in (_rewrap_parts if rewraps else _reseal_parts)(self.rotation):
            for _ in self._passing_by(name, part):
                if not self._still_mine():
                    return
                yield self.rotation
        self._finish()
        yield self.rotation

    def _passing_by(self, name: str, part: Iterator[None]) -> Iterator[None]:
        _forget_failures(self.rotation, name)
        try:
            yield from part
        except Exception as error:  # noqa: BLE001  # recorded; what comes after is not its fault
            _note_problem(self.rotation, name, error)

    def let_go(self) -> None:
        """Give the lease back and write down what was counted."""
        self._mine().update(leased_until=None)
        write_counts()

    def _mine(self) -> "QuerySet[KeyRotation]":
        return KeyRotation.objects.filter(
            pk=self.rotation.pk, fencing_token=self.rotation.fencing_token
        )

    def _begin_pass(self, *, rewraps: bool) -> None:
        self._mine().update(problem="")
        if rewraps:
            # Another key may have become active since; what did not open is tried again.
            self._mine().update(reason=_to_active(), failed=0, failed_by={}, failures=[])
        self.rotation.refresh_from_db()

    def _still_mine(self) -> bool:
        mine = self._mine().filter(state=RotationState.RUNNING)
        held = mine.update(leased_until=timezone.now() + LEASE)
        self.rotation.refresh_from_db()
        return bool(held)

    def _finish(self) -> None:
        """Done when the tables hold nothing more than what does not open."""
        rewraps = self.rotation.kind == RotationKind.REWRAP
        self._end_pass(dict((_stand_to_rewrap if rewraps else _stand_to_reseal)(self.rotation)))

    @transaction.atomic
    def _end_pass(self, available: dict[str, int]) -> None:
        mine = self._mine().filter(state=RotationState.RUNNING)
        self.rotation.refresh_from_db()
        row = self.rotation
        # What does not open in one place says nothing of what is left in another.
        left = sum(max(0, many - row.failed_by.get(at, 0)) for at, many in available.items())
        mine.update(total=row.done + row.failed + left)
        self.waits = bool(left) or bool(row.problem)
        if not self.waits and mine.update(
            state=RotationState.DONE, finished_at=timezone.now(), leased_until=None
        ):
            event = Event.ROTATION_DONE
            record(event, by_worker(), target=row, done=row.done, failed=row.failed)
        self.rotation.refresh_from_db()


def _note_problem(rotation: KeyRotation, name: str, error: Exception) -> None:
    """Write down what went wrong, without a word of what was in the row."""
    log.error("a key rotation was interrupted", rotation=str(rotation.pk), at=name, exc_info=error)
    problem = f"{name}: {type(error).__name__}"[:200]
    KeyRotation.objects.filter(pk=rotation.pk).update(problem=problem)


def _note(rotation: KeyRotation, name: str, done: int, failures: list[Failure]) -> None:
    """Add to the counters, inside the batch's transaction.

    `name` is an organisation's or a store's. The total grows by what came on top of it, so that
    the figures add up always.
    """
    rows = KeyRotation.objects.filter(pk=rotation.pk)
    if failures:
        named = [{**asdict(one), "organisation": name} for one in failures]
        rotation.failures = [*rotation.failures, *named][:_KEPT_FAILURES]
        rotation.failed_by[name] = rotation.failed_by.get(name, 0) + len(failures)
        rows.update(failures=rotation.failures, failed_by=rotation.failed_by)
    rows.update(done=F("done") + done, failed=F("failed") + len(failures))
    rows.update(total=Greatest("total", F("done") + F("failed")))


def _forget_failures(rotation: KeyRotation, name: str) -> None:
    """What did not open before counts as left again: it is tried once more."""
    many = rotation.failed_by.pop(name, 0)
    if many:
        rotation.failures = [one for one in rotation.failures if one["organisation"] != name]
        KeyRotation.objects.filter(pk=rotation.pk).update(
            failed=F("failed") - many,
            failed_by=rotation.failed_by,
            failures=rotation.failures,
        )


def _rewrap_parts(rotation: KeyRotation) -> Iterator[tuple[str, Iterator[None]]]:
    for tenant in tenants_to_rewrap(active_master().kid):
        yield tenant.slug, _rewrapping(rotation, tenant.slug, partial(rewrap_tenant, tenant))
    for store in SECRET_STORES:
        yield store.name, _rewrapping(rotation, store.name, partial(_rewrap_kept, store))


def _rewrap_kept(store: SecretStore) -> tuple[int, list[Failure]]:
    return store.rewrap(wrapping_master().kid)


def _rewrapping(
    rotation: KeyRotation, name: str, rewrap: Callable[[], tuple[int, list[Failure]]]
) -> Iterator[None]:
    with transaction.atomic():
        _note(rotation, name, *rewrap())
    yield


def _reseal_parts(rotation: KeyRotation) -> Iterator[tuple[str, Iterator[None]]]:
    for tenant in _tenants(rotation):
        yield tenant.slug, _resealing(rotation, tenant)


def _resealing(rotation: KeyRotation, tenant: Tenant) -> Iterator[None]:
    with tenant_scope(tenant):
        try:
            with transaction.atomic():
                _renew(tenant, rotation)
                Sealer.of(tenant.pk)
        except SecretUnreadable:
            # Erased since the tenants were listed: there is nothing left to seal, or to open.
            return
        yield from reseal_tenant(tenant.pk, partial(_note, rotation, tenant.slug))
        with transaction.atomic():
            if count_stale(tenant.pk) <= rotation.failed_by.get(tenant.slug, 0):
                emptied(tenant.pk)


def _tenants(rotation: KeyRotation) -> list[Tenant]:
    before = rotation.renews_before or rotation.created_at
    return tenants_to_renew(before, only=rotation.organisation)


def _renew(tenant: Tenant, rotation: KeyRotation) -> None:
    """Replace the tenant's data key, unless this rotation has done so before it was interrupted.

    One that does not open is replaced whatever its age: nothing can be sealed with it.
    """
    old = Q(created_at__lt=rotation.renews_before) | Q(sealings__gte=settings.DATA_KEY_MAX_SEALINGS)
    active = TenantKey.objects.filter(state=KeyState.ACTIVE)
    if active.filter(old).exists() or not all(map(opens, active)):
        replace_key(tenant.pk)
