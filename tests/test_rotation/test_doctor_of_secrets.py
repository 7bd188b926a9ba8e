"""The doctor opens every secret; after a restore nothing is refreshed until it has passed."""

from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.audit.recording import by_worker
from accounts.tenancy.scope import tenant_scope
from tests.cast import Cast
from tests.keyrings import fresh_key, hold
from tests.queued_emails import deliver
from tests.rows import connection_row
from tokens.connections.models.connection import GoogleConnection
from tokens.connections.services.access_token import access_token
from tokens.connections.services.refresh.worker import refresh_due as refresh_what_is_due
from tokens.encryption.availability import PortalSealed, key_availability
from tokens.encryption.models.restore_hold import RestoreHold
from tokens.encryption.models.tenant_key import TenantKey
from tokens.encryption.services import master_keys
from tokens.encryption.services.master_keys import report
from tokens.encryption.services.restore_hold import begin_restore_hold, leave_if_well
from tokens.encryption.tasks import leave_quarantine
from tokens.encryption.wrapping import key_ring

pytestmark = pytest.mark.django_db


def secrets(*arguments: str) -> tuple[int, str]:
    out = StringIO()
    try:
        call_command("secrets", *arguments, stdout=out, stderr=out)
    except SystemExit as end:
        return int(str(end.code)), out.getvalue()
    return 0, out.getvalue()


def spoil(row: GoogleConnection) -> None:
    GoogleConnection._base_manager.filter(pk=row.pk).update(refresh_token=row.access_token)


def test_the_doctor_counts_by_model_and_key(cast: Cast) -> None:
    connection_row(cast.tenant)
    connection_row(cast.tenant, "second@gmail.example")
    connection_row(cast.elsewhere)
    code, said = secrets("doctor")
    keys = dict(TenantKey._base_manager.values_list("tenant", "kid"))
    assert code == 0
    assert f"tokens.GoogleConnection, key {keys[cast.tenant.pk]}: 4 open, 0 do not" in said
    assert f"tokens.GoogleConnection, key {keys[cast.elsewhere.pk]}: 2 open, 0 do not" in said
    assert "3 of 3 rows" in said


def test_the_doctor_names_what_does_not_open_and_shows_no_secret(cast: Cast) -> None:
    row = connection_row(cast.tenant)
    spoil(row)
    code, said = secrets("doctor")
    assert code == 1
    assert f"tokens.GoogleConnection {row.pk} refresh_token: It does not open" in said
    assert "canary" not in said
    assert row.access_token.token not in said
    assert secrets("doctor", "--organisation", cast.elsewhere.slug)[0] == 0
    with pytest.raises(CommandError, match="no organisation nowhere"):
        secrets("doctor", "--organisation", "nowhere")


def test_more_rows_than_a_page_are_all_opened(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tokens.encryption.services.decrypt_check._PAGE", 2)
    for number in range(5):
        connection_row(cast.tenant, f"a{number}@gmail.example")
    assert ": 10 open, 0 do not" in secrets("doctor")[1]


def test_with_a_foreign_key_the_doctor_says_which_one_is_missing_and_blames_no_secret(
    cast: Cast, settings: Any
) -> None:
    connection_row(cast.tenant)
    [missing] = key_ring()
    hold(settings, fresh_key())
    code, said = secrets("doctor")
    assert code == 1
    assert "0 open, 0 do not, 2 wait for a key" in said
    assert f"2 secrets wait for a key. Master key {missing} is not in FIELD_ENCRYPTION_KEY" in said
    assert "secrets do not open" not in said


def test_in_quarantine_nothing_is_refreshed(cast: Cast, owner_browser: Client) -> None:
    row = connection_row(cast.tenant)
    GoogleConnection._base_manager.update(refresh_due_at=timezone.now() - timedelta(days=1))
    secrets("quarantine")
    before = GoogleConnection._base_manager.values().get()
    assert refresh_what_is_due() == 0
    asked = "In quarantine: Asked for in a terminal"
    with tenant_scope(cast.tenant), pytest.raises(PortalSealed, match=asked):
        access_token(GoogleConnection._base_manager.get(pk=row.pk))
    assert GoogleConnection._base_manager.values().get() == before
    page = owner_browser.get(reverse("home", args=[cast.tenant.slug])).content.decode()
    assert "checking every stored permission" in page


def test_the_doctor_ends_the_quarantine_when_all_is_well(cast: Cast) -> None:
    connection_row(cast.tenant)
    secrets("quarantine")
    assert "The quarantine has ended" in secrets("doctor")[1]
    assert key_availability().may_work
    row = RestoreHold.objects.get()
    assert (row.opened, row.failed) == (2, 0)


def test_workers_end_it_by_themselves(cast: Cast) -> None:
    connection_row(cast.tenant)
    begin_restore_hold("test", by_worker())
    leave_quarantine()
    assert key_availability().may_work


def test_it_stays_while_a_secret_does_not_open_until_staff_release_it(
    cast: Cast, settings: Any
) -> None:
    settings.ADMINS = [("Staff", "staff@portal.example")]
    spoil(connection_row(cast.tenant))
    begin_restore_hold("test", by_worker())
    assert not leave_if_well()
    deliver()
    assert "the portal stays in quarantine" in mail.outbox[0].subject
    assert not leave_if_well()
    with time_machine.travel(timezone.now() + timedelta(minutes=11)):
        assert not leave_if_well()
        deliver()
    assert len(mail.outbox) == 1
    assert secrets("doctor")[0] == 1
    assert not key_availability().may_work
    assert "Released" in secrets("release")[1]
    assert key_availability().may_work
    with pytest.raises(CommandError, match="no quarantine"):
        secrets("release")


def test_a_start_after_long_silence_is_taken_for_a_restore(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    report("web")
    assert key_availability().may_work
    with time_machine.travel(timezone.now() + timedelta(minutes=10)):
        report("web")
        assert key_availability().may_work
    with time_machine.travel(timezone.now() + timedelta(hours=1)):
        monkeypatch.setattr(master_keys, "_process", lambda: "another")
        report("web")
        assert "No process had reported since" in key_availability().why
        report("web")
    assert RestoreHold.objects.count() == 1


def test_the_first_start_ever_is_no_restore() -> None:
    report("web")
    assert key_availability().may_work


def test_a_quarantine_does_not_end_while_the_portal_is_sealed(cast: Cast, settings: Any) -> None:
    connection_row(cast.tenant)
    begin_restore_hold("test", by_worker())
    hold(settings, fresh_key())
    assert not leave_if_well()
    assert RestoreHold.objects.get().ended_at is None
