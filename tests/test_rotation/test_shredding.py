"""A deleted tenant's secrets are unreadable afterwards, also in a copy made before."""

from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
import time_machine
from cryptography.fernet import Fernet, InvalidToken
from django.core import serializers
from django.core.management import call_command
from django.utils import timezone

from accounts.audit.models.event import AuditEvent
from accounts.audit.recording import by_worker
from accounts.offboarding.services.organisation_deletion import (
    TooLate,
    cancel_deletion,
    request_deletion,
)
from accounts.tenancy.models import Tenant
from tests.cast import Cast
from tests.keyrings import hold, introduce
from tests.rows import ACCESS, REFRESH, connection_row
from tokens.connections.models.connection import GoogleConnection
from tokens.connections.models.revocation import Revocation, RevocationState
from tokens.connections.services.shredding import shred_deleted
from tokens.connections.states import ConnectionStatus
from tokens.connections.tasks import tend_data_keys
from tokens.encryption.availability import PortalSealed
from tokens.encryption.models.tenant_key import KeyState, TenantKey
from tokens.encryption.sealing import SecretUnreadable, forget_keys, reveal, seal
from tokens.encryption.wrapping import key_ring

pytestmark = pytest.mark.django_db


def after_the_grace() -> time_machine.travel:
    return time_machine.travel(timezone.now() + timedelta(days=31))


def told_google() -> None:
    """Google has confirmed what it was asked to end."""
    Revocation._base_manager.update(state=RevocationState.CONFIRMED, token=None, due_at=None)


def shred(tenant: Tenant) -> None:
    request_deletion(tenant, by_worker())
    with after_the_grace():
        assert shred_deleted() == 0, "Google is to be told first"
        told_google()
        assert shred_deleted() == 1


def test_before_the_grace_period_ends_nothing_is_lost_and_it_can_be_cancelled(cast: Cast) -> None:
    row = connection_row(cast.tenant)
    assert request_deletion(cast.tenant, by_worker())
    assert not request_deletion(cast.tenant, by_worker())
    tend_data_keys()
    assert reveal(row, "refresh_token") == REFRESH
    assert cancel_deletion(cast.tenant, by_worker())
    assert not cancel_deletion(cast.tenant, by_worker())
    with after_the_grace():
        tend_data_keys()
    assert reveal(row, "refresh_token") == REFRESH
    tags = AuditEvent._base_manager.filter(tenant=cast.tenant, tag__contains="deletion")
    assert tags.count() == 2


def test_google_is_given_its_permissions_back_before_the_keys_go(cast: Cast) -> None:
    connection_row(cast.tenant)
    request_deletion(cast.tenant, by_worker())
    with after_the_grace():
        shred_deleted()
        connection = GoogleConnection._base_manager.get()
        assert connection.status == ConnectionStatus.DISCONNECTED
        waiting = Revocation._base_manager.get()
        assert reveal(waiting, "token") == REFRESH
        told_google()
        shred_deleted()
    assert TenantKey._base_manager.get(tenant=cast.tenant).state == KeyState.DESTROYED


def test_afterwards_no_secret_opens_no_key_is_made_and_others_are_untouched(cast: Cast) -> None:
    mine, theirs = connection_row(cast.tenant), connection_row(cast.elsewhere, "shop@gmail.example")
    shred(cast.tenant)
    with pytest.raises(SecretUnreadable, match="destroyed"):
        reveal(mine, "refresh_token")
    with pytest.raises(SecretUnreadable, match="destroyed"):
        seal(mine, "refresh_token", "1//emu-canary-new")
    with pytest.raises(TooLate):
        cancel_deletion(cast.tenant, by_worker())
    assert reveal(theirs, "refresh_token") == REFRESH
    out = StringIO()
    call_command("secrets", "doctor", stdout=out)
    assert "1 of 1 rows" in out.getvalue()


def test_a_copy_made_before_does_not_open_with_the_master_keys_of_after(
    cast: Cast, settings: Any
) -> None:
    connection_row(cast.tenant)
    theirs = connection_row(cast.elsewhere, "shop@gmail.example")
    copied = [
        serializers.serialize("json", model._base_manager.filter(tenant=cast.tenant))
        for model in (TenantKey, GoogleConnection)
    ]
    [old] = key_ring()
    shred(cast.tenant)
    said = status()
    assert "1 destroyed data keys still open with it in old copies" in said
    introduce(settings)
    call_command("rotate_keys", stdout=StringIO())
    call_command("rotate_keys", "--retire", old, stdout=StringIO())
    hold(settings, settings.FIELD_ENCRYPTION_KEY[0])
    assert "destroyed data keys still open" not in status()
    restore(copied)
    stored = GoogleConnection._base_manager.get(tenant=cast.tenant)
    assert stored.refresh_token is not None
    with pytest.raises(PortalSealed, match="is not in FIELD_ENCRYPTION_KEY"):
        reveal(stored, "refresh_token")
    wrapped = TenantKey._base_manager.get(tenant=cast.tenant).wrapped
    assert wrapped is not None
    for key in settings.FIELD_ENCRYPTION_KEY:
        with pytest.raises(InvalidToken):
            Fernet(key).decrypt(wrapped.token)
    assert reveal(theirs, "access_token") == ACCESS


def test_the_same_copy_still_opens_while_the_old_master_key_is_kept(cast: Cast) -> None:
    """Why the old master key has to go: said by `--status` until it has."""
    connection_row(cast.tenant)
    copied = [
        serializers.serialize("json", model._base_manager.filter(tenant=cast.tenant))
        for model in (TenantKey, GoogleConnection)
    ]
    shred(cast.tenant)
    restore(copied)
    stored = GoogleConnection._base_manager.get(tenant=cast.tenant)
    assert reveal(stored, "refresh_token") == REFRESH


def restore(copied: list[str]) -> None:
    forget_keys()
    for text in copied:
        for row in serializers.deserialize("json", text):
            row.save()


def status() -> str:
    out = StringIO()
    call_command("rotate_keys", "--status", stdout=out)
    return out.getvalue()
