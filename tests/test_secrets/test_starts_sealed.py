"""With a master key missing the installation starts, says so, and can be put right.

Each command runs with the checks that `manage.py` runs before it.
"""

import os
import subprocess
import sys
from io import StringIO
from typing import Any

import pytest
from django.core.management import (
    CommandError,
    call_command,
    get_commands,
    load_command_class,
)
from django.db import connection

from accounts.audit.recording import by_worker
from accounts.email.models import QueuedEmail
from portal.demo.programs import ROOT
from portal.operations.startup import start
from tests.cast import Cast, make_cast
from tests.keyrings import fresh_key, hold
from tests.rows import connection_row
from tokens.encryption.models.master_key import KeyReport
from tokens.encryption.models.restore_hold import RestoreHold
from tokens.encryption.services.master_keys import report
from tokens.encryption.services.restore_hold import begin_restore_hold, tell_of_lock
from tokens.encryption.services.rotation import start_reseal
from tokens.encryption.tasks import leave_quarantine
from tokens.encryption.wrapping import key_ring

pytestmark = pytest.mark.django_db
RINGS: dict[str, tuple[str, ...]] = {"no key": (), "a foreign key": (fresh_key(),)}


@pytest.fixture(params=RINGS.values(), ids=list(RINGS))
def missing(cast: Cast, settings: Any, request: pytest.FixtureRequest) -> str:
    """The id of the master key that is not there any more."""
    connection_row(cast.tenant)
    start_reseal(by_worker(), "begun before")
    begin_restore_hold("test", by_worker())
    [kid] = key_ring()
    hold(settings, *request.param)
    return kid


def run(*arguments: str) -> tuple[int, str]:
    out = StringIO()
    name = arguments[0]
    command = load_command_class(str(get_commands()[name]), name)
    checks = {"skip_checks": False} if command.requires_system_checks else {}
    try:
        call_command(command, *arguments[1:], stdout=out, stderr=out, **checks)
    except SystemExit as end:
        return int(str(end.code)), out.getvalue()
    return 0, out.getvalue()


WORKS = {
    ("check", "--database", "default"): "The portal is sealed.",
    ("migrate",): "No migrations to apply",
    ("rotate_keys", "--status"): "SEALED: ",
    ("rotate_keys", "--pause"): "is paused",
    ("secrets", "quarantine"): "In quarantine since",
    ("secrets", "release"): "Released",
    ("verify_audit",): "",
    ("showmigrations", "tokens"): "damaged_rows",
}


@pytest.mark.usefixtures("missing")
@pytest.mark.parametrize("command", WORKS, ids=" ".join)
def test_it_works_without_the_key(command: tuple[str, ...]) -> None:
    code, said = run(*command)
    assert code == 0
    assert WORKS[command] in said


def test_the_doctors_look_and_name_what_is_missing(missing: str) -> None:
    code, said = run("secrets", "doctor")
    assert code == 1
    assert "2 wait for a key" in said
    assert "secrets do not open" not in said
    code, said = run("doctor")
    assert code == 1
    assert "FIELD_ENCRYPTION_KEY" in said
    assert RestoreHold.objects.get().ended_at is None
    assert missing


REFUSES = [
    ("rotate_keys",),
    ("rotate_keys", "--data-keys"),
    ("rotate_keys", "--dry-run"),
    ("rotate_keys", "--resume"),
]


@pytest.mark.usefixtures("missing")
@pytest.mark.parametrize("command", REFUSES, ids=" ".join)
def test_what_needs_the_key_refuses_and_says_why(command: tuple[str, ...]) -> None:
    before = list(KeyReport.objects.values())
    with pytest.raises(CommandError, match="FIELD_ENCRYPTION_KEY"):
        run(*command)
    assert list(KeyReport.objects.values()) == before


def test_a_new_key_is_not_activated_over_a_missing_one(cast: Cast, settings: Any) -> None:
    connection_row(cast.tenant)
    hold(settings, fresh_key())
    with pytest.raises(CommandError, match="is not in FIELD_ENCRYPTION_KEY, but stored secrets"):
        run("rotate_keys")


@pytest.mark.usefixtures("missing")
def test_servers_start_and_report(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portal.operations.startup.report_keys", report)
    start("web")
    assert KeyReport.objects.get().kind == "web"


def test_staff_are_told_once_and_not_by_each_process(cast: Cast, settings: Any) -> None:
    connection_row(cast.tenant)
    right = settings.FIELD_ENCRYPTION_KEY[0]
    hold(settings, fresh_key())
    leave_quarantine()
    leave_quarantine()
    [mail] = QueuedEmail.of_portal()
    assert mail.kind == "portal_sealed"
    assert "is not in FIELD_ENCRYPTION_KEY" in mail.data["said"]["why"]
    # A process that holds it, and then again one that does not.
    hold(settings, right)
    leave_quarantine()
    mail.refresh_from_db()
    assert mail.due_at is None
    hold(settings, fresh_key())
    tell_of_lock(mail.created_at)
    assert QueuedEmail.of_portal().count() == 1


@pytest.mark.slow
@pytest.mark.sqlite
@pytest.mark.django_db(transaction=True)
def test_the_check_before_the_image_serves_lets_it_start() -> None:
    cast = make_cast()
    connection_row(cast.tenant)
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.test_refresh.process_settings",
        "PROCESS_GOOGLE": "http://127.0.0.1:9",
        "PROCESS_DATABASE": str(connection.settings_dict["NAME"]),
        "PROCESS_RING": fresh_key(),
    }
    ended = subprocess.run(
        (sys.executable, "-W", "ignore", "manage.py", "check", "--database", "default"),
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "The portal is sealed. Master key" in ended.stderr
    assert ended.returncode == 0
