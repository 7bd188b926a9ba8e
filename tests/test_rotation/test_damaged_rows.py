"""What does not open is counted, named and passed by, in every store of secrets."""

from collections.abc import Iterator
from datetime import timedelta
from io import StringIO
from typing import Any
from uuid import UUID

import pytest
import time_machine
from django.core.management import call_command
from django.utils import timezone

from accounts.audit.recording import by_worker
from accounts.tenancy.scope import tenant_scope
from tests.cast import Cast
from tests.keyrings import hold, introduce
from tests.rows import REFRESH
from tests.stores import Stores, filled
from tests.test_rotation.damages import OF_RESEALS, OF_REWRAPS, damage_connection, flipped, write
from tokens.connections.models.connection import GoogleConnection
from tokens.connections.tasks import tend_data_keys
from tokens.encryption.availability import PortalSealed, key_availability
from tokens.encryption.models.master_key import MasterKey, MasterState
from tokens.encryption.models.rotation import KeyRotation, RotationKind, RotationState
from tokens.encryption.models.tenant_key import KeyState, TenantKey
from tokens.encryption.sealing import SecretUnreadable, forget_keys, reveal, seal
from tokens.encryption.services import rotation as rotations
from tokens.encryption.services.master_keys import NotYet, give_up, retire
from tokens.encryption.services.reseal import Note, count_stale, reseal_tenant
from tokens.encryption.services.rotation import start_reseal, start_rewrap
from tokens.encryption.services.secret_stores import SECRET_STORES
from tokens.encryption.tasks import rotate_keys
from tokens.encryption.wrapping import key_ring

pytestmark = pytest.mark.django_db


@pytest.fixture
def stores(cast: Cast) -> Stores:
    """All filled, and nothing unwrapped in memory."""
    stores = filled(cast)
    forget_keys()
    return stores


def rotated(*arguments: str) -> str:
    out = StringIO()
    call_command("rotate_keys", *arguments, stdout=out)
    return out.getvalue()


def figures(kind: RotationKind) -> tuple[int, int, int, int]:
    row = KeyRotation.objects.filter(kind=kind).latest("created_at")
    assert row.done + row.failed + row.left == row.total
    return row.done, row.failed, row.left, row.total


@pytest.mark.parametrize("damage", OF_REWRAPS.values(), ids=OF_REWRAPS)
def test_a_rewrapping_passes_it_by(stores: Stores, settings: Any, damage: Any) -> None:
    named = damage(stores)
    [old] = key_ring()
    new = introduce(settings)
    start_reseal(by_worker(), "waits behind it", organisation=stores.connections[0].tenant)
    said = rotated()
    assert "Done: 6. 1 did not open and stay as they are:" in said
    assert named in said
    assert "canary" not in said
    assert figures(RotationKind.REWRAP) == (6, 1, 0, 7)
    assert TenantKey._base_manager.filter(wrapped_by=new).exists()
    rotate_keys()
    assert figures(RotationKind.RESEAL)[1:3] == (0, 0)
    assert KeyRotation.objects.filter(state=RotationState.DONE).count() == 2
    # Once more: the same figures, and no second failure of the same row.
    rotated()
    assert figures(RotationKind.REWRAP) == (0, 1, 0, 1)
    with tenant_scope(stores.connections[0].tenant):
        row = GoogleConnection.objects.get(pk=stores.connections[0].pk)
        assert reveal(row, "refresh_token") == REFRESH
    assert old in [row.kid for row in MasterKey.objects.all()]


@pytest.mark.parametrize("damage", OF_RESEALS.values(), ids=OF_RESEALS)
def test_a_resealing_passes_it_by(stores: Stores, damage: Any) -> None:
    named = damage_connection(stores.connections[0], damage)
    said = rotated("--data-keys")
    assert "Done: 3. 1 did not open and stay as they are:" in said
    assert named in said
    assert figures(RotationKind.RESEAL) == (3, 1, 0, 4)
    for row in stores.connections[1:]:
        stored = GoogleConnection._base_manager.get(pk=row.pk)
        assert reveal(stored, "refresh_token") == REFRESH


def test_it_starts_no_rotation_again_and_again(stores: Stores) -> None:
    damage_connection(stores.connections[0], flipped)
    rotated("--data-keys")
    with time_machine.travel(timezone.now() + timedelta(hours=1)):
        for _ in range(3):
            tend_data_keys()
            rotate_keys()
    assert KeyRotation.objects.count() == 1


@pytest.mark.parametrize("under", ["its master key", "a master key without a name"])
def test_a_data_key_that_does_not_open_is_replaced_and_its_rows_are_named(
    stores: Stores, under: str
) -> None:
    damaged = TenantKey._base_manager.get(tenant=stores.connections[2].tenant)
    write(damaged, "wrapped", flipped(damaged.wrapped.token))
    if under.startswith("a master key"):
        write(damaged, "wrapped_by", "")
    said = rotated("--data-keys")
    assert f"tokens.GoogleConnection {stores.connections[2].pk}" in said
    assert figures(RotationKind.RESEAL) == (3, 1, 0, 4)
    with time_machine.travel(timezone.now() + timedelta(hours=1)):
        # It is no obstacle to destroying what others do not need any more.
        tend_data_keys()
        assert TenantKey._base_manager.filter(state=KeyState.DESTROYED).count() == 1
        assert not KeyRotation.objects.exclude(state=RotationState.DONE).exists()
    row = GoogleConnection._base_manager.get(pk=stores.connections[2].pk)
    with pytest.raises((PortalSealed, SecretUnreadable)):
        reveal(row, "refresh_token")
    with tenant_scope(row.tenant):
        seal(row, "refresh_token", "1//emu-canary-new")
    assert reveal(row, "refresh_token") == "1//emu-canary-new"


def test_more_of_them_than_are_named_are_counted_once(
    stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rotations, "_KEPT_FAILURES", 1)
    for row in stores.connections[:2]:
        damage_connection(row, flipped)
    rotation = start_reseal(by_worker(), "test")
    for _ in range(3):
        KeyRotation.objects.update(state=RotationState.RUNNING, finished_at=None)
        TenantKey._base_manager.filter(state=KeyState.OPENS_ONLY).update(emptied_at=None)
        rotate_keys()
        rotation.refresh_from_db()
        assert (rotation.failed, rotation.left, len(rotation.failures)) == (2, 0, 1)
        assert rotation.done + rotation.failed == rotation.total


def test_what_does_not_open_in_one_organisation_hides_nothing_that_is_left_in_another(
    stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours, hers = stores.connections[0].tenant, stores.connections[2].tenant
    for row in stores.connections[:2]:
        damage_connection(row, flipped)
    rotation = start_reseal(by_worker(), "test")

    def held(tenant: UUID, note: Note) -> Iterator[None]:
        # As where others write to each of its rows in that moment.
        return iter(()) if tenant == hers.pk else reseal_tenant(tenant, note)

    monkeypatch.setattr("tokens.encryption.services.rotation.reseal_tenant", held)
    rotate_keys()
    rotation.refresh_from_db()
    assert (rotation.failed, rotation.left, rotation.state) == (2, 1, RotationState.RUNNING)
    assert set(rotation.failed_by) == {ours.slug}
    monkeypatch.undo()
    rotate_keys()
    assert figures(RotationKind.RESEAL) == (2, 2, 0, 4)
    assert count_stale(hers.pk) == 0


def test_an_organisation_that_cannot_be_worked_on_stops_no_other(
    stores: Stores, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    introduce(settings)
    monkeypatch.setattr(SECRET_STORES[0], "rewrap", lambda _: 1 // 0)
    start_rewrap(by_worker())
    start_reseal(by_worker(), "behind it")
    rotate_keys()
    rewrap, reseal = KeyRotation.objects.order_by("created_at")
    assert (rewrap.state, rewrap.problem) == (
        RotationState.RUNNING,
        "second steps of people's sign-in: ZeroDivisionError",
    )
    assert (rewrap.done, rewrap.left) == (3, 4)
    assert (reseal.state, reseal.left) == (RotationState.DONE, 0)
    assert "interrupted at second steps" in rotated("--status")
    monkeypatch.undo()
    rotate_keys()
    rewrap.refresh_from_db()
    assert (rewrap.state, rewrap.problem, rewrap.left) == (RotationState.DONE, "", 0)
    assert stores.people


@pytest.mark.parametrize("damage", OF_REWRAPS.values(), ids=OF_REWRAPS)
def test_its_master_key_is_retired_by_giving_it_up(
    stores: Stores, settings: Any, damage: Any
) -> None:
    damage(stores)
    [old] = key_ring()
    introduce(settings)
    with pytest.raises(NotYet, match="Rotate first"):
        retire(old, by_worker())
    with pytest.raises(NotYet, match=r"nothing is lost\. Rotate first"):
        give_up(old, by_worker())
    rotated()
    if not any(
        store.needing(old) for store in SECRET_STORES
    ) and not TenantKey._base_manager.filter(wrapped_by__in=(old, "")):
        # The damage has made its key unknown: nothing names the old one any more.
        retire(old, by_worker())
    else:
        with pytest.raises(NotYet, match=f"--retire {old} --give-up"):
            retire(old, by_worker())
        assert "is given up" in rotated("--retire", old, "--give-up")
    hold(settings, settings.FIELD_ENCRYPTION_KEY[0])
    assert key_availability().is_open
    assert MasterKey.objects.get(kid=old).state == MasterState.RETIRED
