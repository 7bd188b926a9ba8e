"""How the keys stand, in lines for a terminal."""

from collections.abc import Callable, Iterator
from uuid import UUID

from django.db import transaction

from accounts.tenancy.models import Tenant
from accounts.tenancy.scope import tenant_scope
from tokens.encryption.availability import active_master, assert_open, key_availability
from tokens.encryption.models.master_key import KeyReport, MasterKey, MasterState
from tokens.encryption.services.master_keys import (
    misplaced,
    newer_elsewhere,
    processes_without,
    recall,
    register,
    waiting_key,
)
from tokens.encryption.services.reseal import count_sealed, count_stale
from tokens.encryption.services.rotation import oldest_allowed, open_rotations, to_rewrap
from tokens.encryption.services.secret_stores import needing_elsewhere, stale_elsewhere
from tokens.encryption.unscoped import (
    data_keys_by_master,
    data_keys_to_rewrap,
    destroyed_by_master,
    tenants_to_renew,
)
from tokens.encryption.wrapping import key_ring


def status_lines() -> Iterator[str]:
    """Master keys, who holds them, what is running, what stands under old keys."""
    register()
    recall()
    now = key_availability()
    if not now.is_open:
        yield f"SEALED: {' '.join(now.missing)}"
    yield now.quarantine or ("Open." if now.is_open else "Nothing is asked of Google meanwhile.")
    wraps, gone, ring = data_keys_by_master(), destroyed_by_master(), key_ring()
    for row in MasterKey.objects.all():
        here = "" if row.kid in ring else ", not in this process's ring"
        state = "given up" if row.given_up_at else row.get_state_display().lower()
        also = "".join(f" and {one}" for one in needing_elsewhere(row.kid))
        yield f"master key {row.kid}: {state}, wraps {wraps.get(row.kid, 0)} data keys{also}{here}"
        if row.state != MasterState.RETIRED and gone.get(row.kid):
            yield (
                f"  {gone[row.kid]} destroyed data keys still open with it in old copies of the "
                "database: retire it and take it out of the settings to end that"
            )
    for report in KeyReport.objects.living():
        yield f"{report}: holds {report.kids or 'no key'}"
    for one in open_rotations():
        yield (
            f"{one.get_kind_display()}, {one.get_state_display().lower()}: "
            f"done {one.done}, failed {one.failed}, left {one.left} of {one.total}"
            + (f"; interrupted at {one.problem}" if one.problem else "")
        )
    stale = sum(_scoped(tenant, count_stale) for tenant in Tenant.objects.all())
    yield f"rows under an older data key than their organisation's active one: {stale}"
    if now.is_open:
        yield f"data keys and other secrets that are to be wrapped anew: {to_rewrap()}"


def preview() -> Iterator[str]:
    """What rotating would do now. Changes nothing.

    Raises:
        PortalSealed: a master key is missing.
    """
    assert_open()
    waiting = waiting_key()
    yield from [*newer_elsewhere(), *misplaced()]
    kid = waiting.kid if waiting else active_master().kid
    if waiting:
        yield f"{waiting} would become active."
        for one in processes_without(kid):
            yield f"Not yet: {one} does not hold it; restart it first."
    yield f"{data_keys_to_rewrap(kid)} data keys would be wrapped with master key {kid}."
    if others := stale_elsewhere(kid):
        yield f"{others} secrets of others would be encrypted with it."
    rows = sum(_scoped(tenant, count_sealed) for tenant in Tenant.objects.all())
    yield f"With --data-keys, {rows} rows would be sealed anew."
    old = len(tenants_to_renew(oldest_allowed()))
    yield f"{old} organisations' data keys are due by age or use; the clock replaces them."


def _scoped(tenant: Tenant, count: Callable[[UUID], int]) -> int:
    with tenant_scope(tenant), transaction.atomic():
        return count(tenant.pk)
