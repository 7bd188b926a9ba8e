"""Rotations: data keys wrapped anew, secrets sealed anew, nothing lost or left."""

from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
import time_machine
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from accounts.audit.recording import by_worker
from accounts.tenancy.scope import across_tenants, tenant_scope
from tests.cast import Cast
from tests.keyrings import fresh_key, hold, introduce
from tests.rows import ACCESS, REFRESH, connection_row
from tokens.connections.models.connection import GoogleConnection
from tokens.connections.models.revocation import Revocation
from tokens.connections.tasks import tend_data_keys
from tokens.encryption.batches import Resealer
from tokens.encryption.fields import SealedTextField
from tokens.encryption.models.master_key import MasterKey
from tokens.encryption.models.rotation import KeyRotation, RotationKind, RotationState
from tokens.encryption.models.tenant_key import KeyState, TenantKey
from tokens.encryption.sealed_tables import sealed_tables, stored_tenant
from tokens.encryption.sealing import SecretUnreadable, reveal, seal
from tokens.encryption.services import reseal
from tokens.encryption.services.data_keys import destroy_spent_keys, write_counts
from tokens.encryption.services.master_keys import NotYet
from tokens.encryption.services.reseal import count_stale
from tokens.encryption.services.rotation import Worker, start_reseal, start_scheduled_reseal
from tokens.encryption.tasks import rotate_keys
from tokens.encryption.wrapping import key_ring

pytestmark = pytest.mark.django_db


def rotated(*arguments: str) -> str:
    out = StringIO()
    call_command("rotate_keys", *arguments, stdout=out)
    return out.getvalue()


def active(cast: Cast) -> TenantKey:
    return TenantKey._base_manager.get(tenant=cast.tenant, state=KeyState.ACTIVE)


def opened(row: GoogleConnection) -> tuple[str, str]:
    row = GoogleConnection._base_manager.get(pk=row.pk)
    return reveal(row, "refresh_token"), reveal(row, "access_token")


def test_every_model_with_a_sealed_field_is_found() -> None:
    fields = {
        (model._meta.label, field.column)
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if isinstance(field, SealedTextField)
    }
    walked = {(table.label, column) for table in sealed_tables() for column in table.columns}
    assert walked == fields
    assert ("tokens.GoogleConnection", "refresh_token") in walked
    named = {
        (table.label, field.name, field.column)
        for table in sealed_tables()
        for field in table.model._meta.concrete_fields
        if isinstance(field, SealedTextField) and field.name != field.column
    }
    assert named == set(), "a sealed column must bear its field's name: it is bound by it"
    assert all(
        any(field.attname == "tenant_id" for field in table.model._meta.concrete_fields)
        for table in sealed_tables()
    )


def test_a_new_master_key_wraps_all_data_keys_and_the_old_one_may_leave(
    cast: Cast, settings: Any
) -> None:
    rows = [connection_row(cast.tenant), connection_row(cast.elsewhere)]
    sealed = [row.refresh_token for row in rows]
    [old] = key_ring()
    new = introduce(settings)
    said = rotated()
    assert "Done: 2. Nothing is left." in said
    assert set(TenantKey._base_manager.values_list("wrapped_by", flat=True)) == {new}
    assert "is retired" in rotated("--retire", old)
    hold(settings, settings.FIELD_ENCRYPTION_KEY[0])
    assert [opened(row) for row in rows] == [(REFRESH, ACCESS)] * 2
    stored = [GoogleConnection._base_manager.get(pk=row.pk).refresh_token for row in rows]
    assert stored == sealed


def test_the_command_makes_a_new_head_active_by_itself(cast: Cast, settings: Any) -> None:
    connection_row(cast.tenant)
    rotated("--status")
    new = hold(settings, fresh_key(), *settings.FIELD_ENCRYPTION_KEY)[0]
    assert f"master key {new} would become active." in rotated("--dry-run")
    assert f"master key {new} is active now." in rotated()
    assert active(cast).wrapped_by == new


def test_a_dry_run_changes_nothing(cast: Cast) -> None:
    row = connection_row(cast.tenant)
    said = rotated("--dry-run")
    assert "0 data keys would be wrapped" in said
    assert "1 rows would be sealed anew" in said
    assert not KeyRotation.objects.exists()
    assert opened(row) == (REFRESH, ACCESS)


def test_resealing_leaves_nothing_under_the_old_data_key(cast: Cast) -> None:
    row = connection_row(cast.tenant)
    old = active(cast)
    said = rotated("--data-keys")
    new = active(cast)
    assert "Done: 1. Nothing is left." in said
    assert (new.version, new.kid != old.kid) == (2, True)
    stored = GoogleConnection._base_manager.get(pk=row.pk)
    assert {stored.refresh_token.kid, stored.access_token.kid} == {new.kid}
    assert opened(row) == (REFRESH, ACCESS)
    assert count_stale(cast.tenant.pk) == 0


def test_only_one_organisation_when_asked(cast: Cast) -> None:
    connection_row(cast.tenant)
    theirs = connection_row(cast.elsewhere)
    rotated("--data-keys", "--organisation", cast.tenant.slug)
    assert active(cast).version == 2
    assert GoogleConnection._base_manager.get(pk=theirs.pk).refresh_token == theirs.refresh_token
    with pytest.raises(CommandError, match="no organisation nowhere"):
        rotated("--data-keys", "--organisation", "nowhere")


def test_secrets_of_every_kind_of_row_are_sealed_anew(cast: Cast) -> None:
    row = connection_row(cast.tenant)
    revocation = Revocation(tenant=cast.tenant, connection=row)
    seal(revocation, "token", "1//emu-canary-ending")
    revocation.save()
    rotated("--data-keys")
    stored = Revocation._base_manager.get(pk=revocation.pk)
    assert stored.token.kid == active(cast).kid
    assert reveal(stored, "token") == "1//emu-canary-ending"


def test_the_old_data_key_is_destroyed_after_a_while_and_not_before(cast: Cast) -> None:
    connection_row(cast.tenant)
    old = active(cast)
    rotated("--data-keys")
    assert destroy_spent_keys() == 0
    with pytest.raises(CommandError, match="replaced a moment ago"):
        rotated("--retire", old.kid)
    with time_machine.travel(timezone.now() + timedelta(minutes=11)):
        tend_data_keys()
    old = TenantKey._base_manager.get(pk=old.pk)
    assert (old.state, old.wrapped) == (KeyState.DESTROYED, None)


def test_a_data_key_that_a_row_needs_is_kept_and_the_row_is_named(cast: Cast) -> None:
    row = connection_row(cast.tenant)
    old = active(cast)
    stored = GoogleConnection._base_manager.get(pk=row.pk)
    rotated("--data-keys")
    # A writer that had read the row before it was sealed anew puts it back as it was.
    stored.save()
    with time_machine.travel(timezone.now() + timedelta(minutes=11)):
        with pytest.raises(CommandError, match=f"needed by tokens.GoogleConnection {row.pk}"):
            rotated("--retire", old.kid)
        assert destroy_spent_keys() == 0
        start_reseal(by_worker(), "again")
        rotate_keys()
        assert destroy_spent_keys() == 1
    assert opened(row) == (REFRESH, ACCESS)


def test_a_write_in_the_middle_of_a_batch_is_not_lost(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = connection_row(cast.tenant)
    changes = Resealer.changes

    def written_meanwhile(self: Any, table: Any, rows: Any) -> Any:
        planned = changes(self, table, rows)
        seal(row, "access_token", "ya29.emu-canary-newer")
        GoogleConnection._base_manager.filter(pk=row.pk).update(access_token=row.access_token)
        monkeypatch.setattr(Resealer, "changes", changes)
        return planned

    monkeypatch.setattr(Resealer, "changes", written_meanwhile)
    rotation = start_reseal(by_worker(), "test")
    rotate_keys()
    assert opened(row) == (REFRESH, "ya29.emu-canary-newer")
    rotation.refresh_from_db()
    assert (rotation.state, rotation.left) == (RotationState.RUNNING, 1)
    rotate_keys()
    assert opened(row) == (REFRESH, "ya29.emu-canary-newer")
    rotation.refresh_from_db()
    assert rotation.state == RotationState.DONE


def test_a_row_that_does_not_open_is_named_and_stops_nothing(cast: Cast) -> None:
    good, bad = connection_row(cast.tenant), connection_row(cast.tenant, "bad@gmail.example")
    GoogleConnection._base_manager.filter(pk=bad.pk).update(refresh_token=good.refresh_token)
    said = rotated("--data-keys")
    assert f"tokens.GoogleConnection {bad.pk} refresh_token: It does not open" in said
    assert opened(good) == (REFRESH, ACCESS)
    rotation = KeyRotation.objects.get()
    assert (rotation.done, rotation.failed, rotation.state) == (1, 1, RotationState.DONE)
    with pytest.raises(SecretUnreadable):
        reveal(GoogleConnection._base_manager.get(pk=bad.pk), "refresh_token")


def test_it_can_be_paused_and_resumed(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reseal, "BATCH", 1)
    for number in range(4):
        connection_row(cast.tenant, f"a{number}@gmail.example")
    rotation = start_reseal(by_worker(), "test")
    worker = Worker.lease(rotation.pk)
    assert worker is not None
    work = worker.work()
    next(work)
    assert Worker.lease(rotation.pk) is None
    assert "is paused" in rotated("--pause")
    assert list(work) == []
    worker.let_go()
    rotate_keys()
    rotation.refresh_from_db()
    assert (rotation.state, rotation.left > 0) == (RotationState.PAUSED, True)
    assert "paused: done" in rotated("--status")
    assert "Nothing is left." in rotated("--resume")
    assert count_stale(cast.tenant.pk) == 0
    rotation.refresh_from_db()
    assert (rotation.done, rotation.left) == (4, 0)


def test_only_one_rotation_of_a_kind_is_open(cast: Cast) -> None:
    connection_row(cast.tenant)
    start_reseal(by_worker(), "first")
    with pytest.raises(NotYet, match=r"is not done yet\. Workers go on with it.+--resume"):
        start_reseal(by_worker(), "second")


@pytest.mark.parametrize("due", ["by age", "by count"])
def test_the_clock_replaces_keys_that_are_too_old_or_have_sealed_too_much(
    cast: Cast, settings: Any, due: str
) -> None:
    row = connection_row(cast.tenant)
    connection_row(cast.elsewhere)
    write_counts()
    assert active(cast).sealings == 2
    assert start_scheduled_reseal() is None
    if due == "by age":
        long_ago = timezone.now() - timedelta(days=settings.DATA_KEY_MAX_DAYS + 1)
        TenantKey._base_manager.filter(tenant=cast.tenant).update(created_at=long_ago)
    else:
        settings.DATA_KEY_MAX_SEALINGS = 3
        with tenant_scope(cast.tenant):
            seal(row, "access_token", ACCESS)
            row.save()
        write_counts()
    tend_data_keys()
    rotate_keys()
    rotation = KeyRotation.objects.get()
    assert (rotation.kind, rotation.state) == (RotationKind.RESEAL, RotationState.DONE)
    versions = dict(
        TenantKey._base_manager.filter(state=KeyState.ACTIVE).values_list("tenant", "version")
    )
    assert versions == {cast.tenant.pk: 2, cast.elsewhere.pk: 1}
    assert opened(row) == (REFRESH, ACCESS)
    assert start_scheduled_reseal() is None


def test_the_swap_writes_nothing_into_rows_of_another_tenant(cast: Cast) -> None:
    row = connection_row(cast.tenant)
    [table] = [one for one in sealed_tables() if one.model is GoogleConnection]
    with tenant_scope(cast.tenant):
        [(pk, *old)] = table.read(stored_tenant(cast.tenant.pk), [_stored_pk(row)])
        assert table.swap(stored_tenant(cast.elsewhere.pk), [(pk, old, [None, None])]) == 0
    assert opened(row) == (REFRESH, ACCESS)


def _stored_pk(row: GoogleConnection) -> Any:
    return GoogleConnection._meta.pk.get_db_prep_value(row.pk, connection)


def test_status_says_what_wraps_what(cast: Cast) -> None:
    connection_row(cast.tenant)
    [kid] = key_ring()
    said = rotated("--status")
    assert f"master key {kid}: wraps and opens, wraps 1 data keys" in said
    assert "rows under an older data key than their organisation's active one: 0" in said
    assert MasterKey.objects.count() == 1


def test_nothing_is_rotated_while_the_portal_is_sealed(cast: Cast, settings: Any) -> None:
    connection_row(cast.tenant)
    hold(settings)
    with pytest.raises(CommandError, match="FIELD_ENCRYPTION_KEY is empty"):
        rotated("--data-keys")
    with across_tenants():
        assert TenantKey.objects.count() == 1
