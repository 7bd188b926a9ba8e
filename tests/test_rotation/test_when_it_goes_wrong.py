"""Each row of “When it goes wrong” in docs/keys.md: the commands on a prepared database."""

import re
from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.audit.recording import by_worker
from tests.cast import Cast
from tests.keyrings import fresh_key, hold, introduce
from tests.rows import REFRESH
from tests.stores import Stores, filled
from tests.test_rotation.damages import OF_REWRAPS, damage_connection, flipped
from tests.test_secrets.test_master_keys import another_process
from tokens.connections.models.connection import GoogleConnection
from tokens.encryption.availability import PortalSealed, key_availability
from tokens.encryption.models.master_key import KeyReport, MasterKey, MasterState
from tokens.encryption.models.tenant_key import TenantKey
from tokens.encryption.sealing import SecretUnreadable, forget_keys, reveal, seal
from tokens.encryption.services.master_keys import recall, register
from tokens.encryption.services.restore_hold import begin_restore_hold
from tokens.encryption.services.rotation import start_reseal
from tokens.encryption.wrapping import key_ring

pytestmark = pytest.mark.django_db
PAGE = (Path(__file__).parents[2] / "docs/keys.md").read_text()
WRONG = PAGE.partition("## When it goes wrong")[2].partition("\n## ")[0]


@pytest.fixture
def stores(cast: Cast) -> Stores:
    """Every store filled, under one master key."""
    return filled(cast)


def run(command: str) -> str:
    """A command of the page; what it says, its refusals included."""
    name, *arguments = command.split()
    out = StringIO()
    try:
        call_command(name, *arguments, stdout=out, stderr=out)
    except (CommandError, SystemExit) as end:
        return f"{out.getvalue()}{end}"
    return out.getvalue()


def first(stores: Stores) -> GoogleConnection:
    return GoogleConnection._base_manager.get(pk=stores.connections[0].pk)


def a_missing_key(stores: Stores, settings: Any) -> None:
    right = settings.FIELD_ENCRYPTION_KEY[0]
    hold(settings, fresh_key())
    assert "SEALED: Master key" in run("rotate_keys --status")
    with pytest.raises(PortalSealed):
        reveal(first(stores), "refresh_token")
    hold(settings, settings.FIELD_ENCRYPTION_KEY[0], right)
    assert run("rotate_keys --status").startswith("Open.")
    assert reveal(first(stores), "refresh_token") == REFRESH


def the_newest_key_lost(stores: Stores, settings: Any) -> None:
    old_key = settings.FIELD_ENCRYPTION_KEY[0]
    lost = introduce(settings)
    hers = TenantKey._base_manager.get(tenant=stores.connections[2].tenant)
    run("rotate_keys --data-keys --organisation " + stores.connections[0].tenant.slug)
    hold(settings, old_key)
    assert "is the active one" in run(f"rotate_keys --retire {lost}")
    assert "is given up" in run(f"rotate_keys --retire {lost} --give-up")
    assert "1 did not open and stay as they are" in run("rotate_keys")
    assert key_availability().is_open
    # What stood under the older key opens; what the lost one wrapped does not, and is sealed anew.
    elsewhere = GoogleConnection._base_manager.get(pk=stores.connections[2].pk)
    assert reveal(elsewhere, "refresh_token") == REFRESH
    assert hers.wrapped_by != lost
    with pytest.raises(SecretUnreadable, match="given up"):
        reveal(first(stores), "refresh_token")
    assert "do not open" in run("secrets doctor")
    row = first(stores)
    seal(row, "refresh_token", "1//emu-canary-again")
    assert reveal(row, "refresh_token") == "1//emu-canary-again"


def a_key_that_others_hold(stores: Stores, settings: Any) -> None:
    old_key = settings.FIELD_ENCRYPTION_KEY[0]
    newest, both = introduce(settings), list(settings.FIELD_ENCRYPTION_KEY)
    run("rotate_keys")
    another_process(*key_ring())
    hold(settings, old_key)
    said = run(f"rotate_keys --retire {newest} --give-up")
    assert "is not lost: it is held by worker on worker-2, process 7" in said
    assert MasterKey.objects.get(kid=newest).given_up_at is None
    hold(settings, *both)
    assert run("rotate_keys --status").startswith("Open.")
    assert reveal(first(stores), "refresh_token") == REFRESH
    # Whoever has ended holds nothing any more.
    hold(settings, old_key)
    with time_machine.travel(timezone.now() + timedelta(seconds=91)):
        assert "is given up" in run(f"rotate_keys --retire {newest} --give-up")


def all_keys_lost(stores: Stores, settings: Any) -> None:
    before = introduce(settings)
    lost = [row.kid for row in MasterKey.objects.all()]
    assert before in lost
    hold(settings, fresh_key())
    for kid in lost:
        assert kid in run("rotate_keys --status")
        assert "is given up" in run(f"rotate_keys --retire {kid} --give-up")
    assert run("rotate_keys --status").startswith("Open.")
    row = first(stores)
    seal(row, "refresh_token", "1//emu-canary-again")
    assert reveal(row, "refresh_token") == "1//emu-canary-again"


def rows_that_do_not_open(stores: Stores, _: Any) -> None:
    named = damage_connection(stores.connections[0], flipped)
    assert "1 did not open and stay as they are" in run("rotate_keys --data-keys")
    assert named in run("secrets doctor")


def only_damage_under_a_key(stores: Stores, settings: Any) -> None:
    [old] = key_ring()
    OF_REWRAPS["an app's secret, changed"](stores)
    introduce(settings)
    run("rotate_keys")
    assert "None of that opens any more" in run(f"rotate_keys --retire {old}")
    assert "is given up" in run(f"rotate_keys --retire {old} --give-up")


def a_retired_key_that_is_needed(stores: Stores, settings: Any) -> None:
    old_key, [old] = settings.FIELD_ENCRYPTION_KEY[0], key_ring()
    introduce(settings)
    MasterKey.objects.filter(kid=old).update(state=MasterState.RETIRED, retired_at=timezone.now())
    new_key = settings.FIELD_ENCRYPTION_KEY[0]
    hold(settings, new_key)
    assert f"SEALED: Master key {old}" in run("rotate_keys --status")
    hold(settings, new_key, old_key)
    assert "Nothing is left." in run("rotate_keys")
    assert "is retired." in run(f"rotate_keys --retire {old}")
    hold(settings, new_key)
    assert reveal(first(stores), "refresh_token") == REFRESH


def rings_that_differ(_: Stores, settings: Any) -> None:
    register()
    [old] = key_ring()
    other = another_process(old)
    new = hold(settings, fresh_key(), *settings.FIELD_ENCRYPTION_KEY)[0]
    said = run("rotate_keys")
    assert f"Not every process holds master key {new}" in said
    assert re.search(r"last heard of \d+ seconds ago", said)
    assert re.search(r"has ended is not waited for after \d\d:\d\d:\d\d UTC", said)
    with time_machine.travel(timezone.now() + timedelta(seconds=91)):
        assert "is active now." in run("rotate_keys")
    assert other.pk


def a_shell_with_the_old_ring(_: Stores, settings: Any) -> None:
    register()
    old_ring = list(settings.FIELD_ENCRYPTION_KEY)
    new = hold(settings, fresh_key(), *old_ring)[0]
    both = list(settings.FIELD_ENCRYPTION_KEY)
    register()
    another_process(*key_ring())
    hold(settings, *old_ring)
    said = run("rotate_keys")
    assert f"Master key {new} is new in worker on worker-2, process 7, and not in this" in said
    assert "Nothing is left" not in said
    hold(settings, *both)
    assert "is active now." in run("rotate_keys")


def activated_by_mistake(_: Stores, settings: Any) -> None:
    [old] = key_ring()
    introduce(settings)
    run("rotate_keys")
    said = run(f"rotate_keys --activate {old}")
    assert "is active now." in said
    assert "Nothing is left." in said
    assert MasterKey.objects.get(kid=old).state == MasterState.ACTIVE


def paused(_: Stores, __: Any) -> None:
    assert "Nothing is running, so nothing was paused." in run("rotate_keys --pause")
    assert "Nothing is paused or running." in run("rotate_keys --resume")
    start_reseal(by_worker(), "test")
    assert "is paused." in run("rotate_keys --pause")
    assert "Nothing is left." in run("rotate_keys --resume")


def restored_with_the_wrong_ring(_: Stores, settings: Any) -> None:
    right = settings.FIELD_ENCRYPTION_KEY[0]
    begin_restore_hold("test", by_worker())
    hold(settings, fresh_key())
    assert "WAIT" in run("secrets doctor")
    hold(settings, right)
    assert "The quarantine has ended" in run("secrets doctor")


def an_old_backup(_: Stores, settings: Any) -> None:
    kept, [old] = settings.FIELD_ENCRYPTION_KEY[0], key_ring()
    begin_restore_hold("restored", by_worker())
    # The ring of today knows nothing of the key of then.
    hold(settings, fresh_key())
    assert f"Master key {old}" in run("secrets doctor")
    hold(settings, settings.FIELD_ENCRYPTION_KEY[0], kept)
    assert "The quarantine has ended" in run("secrets doctor")
    assert "is active now." in run("rotate_keys")
    assert "is retired." in run(f"rotate_keys --retire {old}")


def a_quarantine_that_does_not_end(stores: Stores, _: Any) -> None:
    named = damage_connection(stores.connections[0], flipped)
    assert "In quarantine since" in run("secrets quarantine")
    assert named in run("secrets doctor")
    assert "Released" in run("secrets release")


def a_leaked_key(stores: Stores, settings: Any) -> None:
    [leaked] = key_ring()
    hold(settings, fresh_key(), *settings.FIELD_ENCRYPTION_KEY)
    assert "is active now." in run("rotate_keys")
    assert "is retired." in run(f"rotate_keys --retire {leaked}")
    hold(settings, settings.FIELD_ENCRYPTION_KEY[0])
    assert "Nothing is left." in run("rotate_keys --data-keys")
    assert reveal(first(stores), "refresh_token") == REFRESH


# By how its row on the page begins.
ROWS: dict[str, Callable[[Stores, Any], None]] = {
    "“SEALED": a_missing_key,
    "**The newest key is lost**": the_newest_key_lost,
    "“is not lost: it is held by": a_key_that_others_hold,
    "**All keys are lost**": all_keys_lost,
    "“N did not open": rows_that_do_not_open,
    "“None of that opens": only_damage_under_a_key,
    "“retired”, and yet": a_retired_key_that_is_needed,
    "“Not every process": rings_that_differ,
    "“is new in worker": a_shell_with_the_old_ring,
    "A key was activated by mistake": activated_by_mistake,
    "Paused, killed": paused,
    "**Restored with the wrong ring**": restored_with_the_wrong_ring,
    "**An old backup": an_old_backup,
    "The quarantine does not end": a_quarantine_that_does_not_end,
    "**A key is known to others**": a_leaked_key,
}
# Shown where transactions are held open, and where rows are (the files named).
ELSEWHERE = {
    "“is still open": "test_keys_in_use.py",
    "“Left: N”": "test_rows_in_use.py",
}


@pytest.mark.parametrize("begins", ROWS)
def test_the_commands_do_what_the_page_says(stores: Stores, settings: Any, begins: str) -> None:
    KeyReport.objects.all().delete()
    forget_keys()
    ROWS[begins](stores, settings)
    recall()
    assert "Traceback" not in run("rotate_keys --status")


def test_each_row_of_the_page_is_shown() -> None:
    rows = [line[2:] for line in WRONG.splitlines() if line.startswith("| ")][1:]
    shown = [*ROWS, *ELSEWHERE]
    assert [row for row in rows if not row.startswith(tuple(shown))] == []
    assert [one for one in shown if not any(row.startswith(one) for row in rows)] == []
    here = Path(__file__).parent
    assert all((here / name).exists() for name in ELSEWHERE.values())
