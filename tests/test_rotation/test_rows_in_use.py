"""Rows that others are writing are left, counted, and come back to."""

import os
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connections, transaction

from accounts.tenancy.scope import tenant_scope
from tests.cast import make_cast
from tests.stores import filled
from tokens.connections.models.connection import GoogleConnection
from tokens.encryption.models.rotation import KeyRotation, RotationState
from tokens.management.commands import rotate_keys

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        not os.environ["DATABASE_URL"].startswith("postgres"), reason="SQLite locks no rows"
    ),
]


@contextmanager
def held(row: GoogleConnection) -> Iterator[None]:
    """A thread that keeps the row locked until the block ends."""
    has_it, may_end = threading.Event(), threading.Event()

    def hold() -> None:
        with tenant_scope(row.tenant), transaction.atomic():
            GoogleConnection.objects.select_for_update().get(pk=row.pk)
            has_it.set()
            may_end.wait(30)
        connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        holding = pool.submit(hold)
        has_it.wait(30)
        try:
            yield
        finally:
            may_end.set()
            holding.result()


def test_a_row_that_is_held_is_left_and_said_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rotate_keys, "_TRIES", 1)
    stores = filled(make_cast())
    out = StringIO()
    with (
        held(stores.connections[0]),
        pytest.raises(CommandError, match=r"Done: 3\. Left: 1, failed: 0\. Others were writing"),
    ):
        call_command("rotate_keys", "--data-keys", stdout=out)
    assert "Nothing is left" not in out.getvalue()
    rotation = KeyRotation.objects.get()
    assert (rotation.state, rotation.done, rotation.left) == (RotationState.RUNNING, 3, 1)
    call_command("rotate_keys", "--resume", stdout=out)
    assert "Done: 4. Nothing is left." in out.getvalue()
