"""`manage.py rotate_keys` does what it was told, says so, and is recorded as what it is."""

from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.audit.models.event import AuditEvent
from accounts.audit.recording import by_worker
from accounts.tenancy.models import Tenant
from accounts.tenancy.scope import tenant_scope
from tests.cast import Cast
from tests.keyrings import fresh_key, hold
from tests.rows import connection_row
from tokens.encryption.models.master_key import MasterKey
from tokens.encryption.models.rotation import KeyRotation, RotationKind, RotationState
from tokens.encryption.models.tenant_key import KeyState, TenantKey
from tokens.encryption.sealing import SecretUnreadable, seal
from tokens.encryption.services import rotation as rotations
from tokens.encryption.services.data_keys import destroy, replace_key
from tokens.encryption.services.rotation import start_reseal
from tokens.encryption.tasks import rotate_keys as tick
from tokens.encryption.wrapping import key_ring

pytestmark = pytest.mark.django_db


def rotated(*arguments: str) -> str:
    out = StringIO()
    call_command("rotate_keys", *arguments, stdout=out)
    return out.getvalue()


IGNORED = {
    ("rotate_keys", "--organisation", "acme-agency"): "--organisation goes only with --data-keys",
    ("rotate_keys", "--status", "--organisation", "acme-agency"): "--organisation goes only",
    ("rotate_keys", "--give-up"): "--give-up goes only with --retire",
    ("rotate_keys", "--pause", "--background"): "--background goes only with what rotates",
    ("secrets", "quarantine", "--organisation", "acme-agency"): "goes only with doctor",
    ("secrets", "release", "--organisation", "acme-agency"): "goes only with doctor",
}


@pytest.mark.parametrize("command", IGNORED, ids=" ".join)
def test_an_option_that_would_be_ignored_is_refused(cast: Cast, command: tuple[str, ...]) -> None:
    connection_row(cast.tenant)
    before = TenantKey._base_manager.values_list("kid", "state")
    with pytest.raises(CommandError, match=IGNORED[command]):
        call_command(*command, stdout=StringIO())
    assert list(TenantKey._base_manager.values_list("kid", "state")) == list(before)
    assert not KeyRotation.objects.exists()


def test_a_new_key_wraps_everything_although_a_resealing_is_open(cast: Cast, settings: Any) -> None:
    connection_row(cast.tenant)
    start_reseal(by_worker(), "open meanwhile")
    new = hold(settings, fresh_key(), *settings.FIELD_ENCRYPTION_KEY)[0]
    said = rotated()
    assert "is active now." in said
    assert "Done: 1. Nothing is left." in said
    assert TenantKey._base_manager.get(state=KeyState.ACTIVE).wrapped_by == new
    rewrap = KeyRotation.objects.get(kind=RotationKind.REWRAP)
    assert (rewrap.state, rewrap.done, rewrap.total) == (RotationState.DONE, 1, 1)
    assert KeyRotation.objects.get(kind=RotationKind.RESEAL).state == RotationState.RUNNING


def test_a_rewrapping_that_was_open_goes_to_the_key_that_is_active_by_then(
    cast: Cast, settings: Any
) -> None:
    connection_row(cast.tenant)
    first = hold(settings, fresh_key(), *settings.FIELD_ENCRYPTION_KEY)[0]
    rotated("--background")
    last = hold(settings, fresh_key(), *settings.FIELD_ENCRYPTION_KEY)[0]
    said = rotated()
    assert f"to master key {last}" in KeyRotation.objects.get().reason
    assert TenantKey._base_manager.get().wrapped_by == last != first
    assert "Nothing is left." in said


def test_the_record_names_the_command(cast: Cast, settings: Any) -> None:
    connection_row(cast.tenant)
    [old] = key_ring()
    hold(settings, fresh_key(), *settings.FIELD_ENCRYPTION_KEY)
    rotated()
    rotated("--retire", old)
    call_command("secrets", "quarantine", stdout=StringIO())
    call_command("secrets", "release", stdout=StringIO())
    acts = ("master_key:activated", "master_key:retired", "quarantine:began", "quarantine:ended")
    for act in acts:
        event = AuditEvent._base_manager.get(tag=f"tokens:{act}")
        assert event.actor_kind == "staff", act
        assert event.data["staff_reason"].startswith("manage.py "), act


def erase(tenant: Tenant) -> None:
    with tenant_scope(tenant):
        for row in TenantKey.objects.all():
            destroy(row, by_worker())
    Tenant.objects.filter(pk=tenant.pk).update(erased_at=timezone.now())


@pytest.mark.parametrize("when", ["before its key is replaced", "while its key is replaced"])
def test_an_organisation_that_is_erased_meanwhile_gets_no_new_data_key(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    row = connection_row(cast.tenant)
    connection_row(cast.elsewhere)
    rotation = start_reseal(by_worker(), "test")
    forget = rotations._forget_failures

    def erased_first(rotation: KeyRotation, name: str) -> None:
        if name == cast.tenant.slug:
            erase(cast.tenant)
        forget(rotation, name)

    monkeypatch.setattr(rotations, "_forget_failures", erased_first)
    if when.startswith("while"):
        # As after a look at keys that were there a moment ago.
        monkeypatch.setattr(rotations, "_renew", lambda tenant, _: replace_key(tenant.pk))
    tick()
    rotation.refresh_from_db()
    assert (rotation.state, rotation.done, rotation.left) == (RotationState.DONE, 1, 0)
    assert not TenantKey._base_manager.filter(tenant=cast.tenant, wrapped__isnull=False).exists()
    with tenant_scope(cast.tenant), pytest.raises(SecretUnreadable, match="were destroyed"):
        seal(row, "access_token", "ya29.emu-canary-late")
    # Also when its keys' rows are gone already, and it looks like one that never had any.
    TenantKey._base_manager.filter(tenant=cast.tenant).delete()
    with tenant_scope(cast.tenant), pytest.raises(SecretUnreadable, match="were destroyed"):
        seal(row, "access_token", "ya29.emu-canary-late")


def test_a_key_behind_another_is_named_and_not_taken_for_nothing(cast: Cast, settings: Any) -> None:
    connection_row(cast.tenant)
    rotated("--status")
    behind = hold(settings, *settings.FIELD_ENCRYPTION_KEY, fresh_key())[1]
    assert f"Master key {behind} is new, but stands behind" in rotated()
    assert MasterKey.objects.get(kid=behind).activated_at is None
