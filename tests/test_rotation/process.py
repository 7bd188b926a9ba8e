"""A process of its own for tests: rotates keys, or uses connections while others rotate them.

    python -m tests.test_rotation.process rotate DATABASE
    python -m tests.test_rotation.process use DATABASE TENANT SECONDS SHARE

`use` reads, refreshes and writes random connections and ends with a line of JSON:
what it last wrote to which row, how long reads took, what did not open.
"""

import json
import os
import random
import sys
import time
from uuid import UUID

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
os.environ.setdefault("DATABASE_URL", "sqlite://")

import django  # settings are named first

django.setup()

from django.core.management import call_command  # noqa: E402  # needs the settings
from django.db import connection, transaction  # noqa: E402  # likewise

from accounts.tenancy.models import Tenant  # noqa: E402  # likewise
from accounts.tenancy.scope import tenant_scope  # noqa: E402  # likewise
from tokens.connections.models.connection import GoogleConnection  # noqa: E402  # likewise
from tokens.encryption.models.rotation import RotationState  # noqa: E402  # likewise
from tokens.encryption.sealing import Sealer, SecretUnreadable, reveal  # noqa: E402  # likewise
from tokens.encryption.services.rotation import open_rotations  # noqa: E402  # likewise


def rotate() -> None:
    """As a person in a terminal would, until all is done."""
    sys.stdout.write("begun\n")
    sys.stdout.flush()
    if any(one.state == RotationState.RUNNING for one in open_rotations()):
        call_command("rotate_keys", "--resume")


def use(tenant_id: str, seconds: float, share: str) -> None:
    """Read and write random rows of one tenant for so long."""
    tenant = Tenant.objects.get(pk=tenant_id)
    written: dict[str, str] = {}
    took: list[float] = []
    unreadable: list[str] = []
    with tenant_scope(tenant):
        # Each user has rows of their own to write, so that the last write is known.
        pks = list(GoogleConnection.objects.order_by("pk").values_list("pk", flat=True))
        mine = pks[int(share) :: 2]
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            took.append(_read(random.choice(pks), unreadable))
            _write(random.choice(mine), written)
            # As long as a page takes to be looked at by many: SQLite lets one write at a time.
            time.sleep(0.01)
    json.dump({"written": written, "took": took, "unreadable": unreadable}, sys.stdout)


def _read(pk: UUID, unreadable: list[str]) -> float:
    started = time.perf_counter()
    row = GoogleConnection.objects.get(pk=pk)
    try:
        reveal(row, "refresh_token")
    except SecretUnreadable as error:
        unreadable.append(str(error))
    return time.perf_counter() - started


@transaction.atomic
def _write(pk: UUID, written: dict[str, str]) -> None:
    """As a refresh does: the new access token, and now and then a new refresh token."""
    row = GoogleConnection.objects.select_for_update().get(pk=pk)
    secret = f"ya29.emu-canary-{os.getpid()}-{random.getrandbits(64):x}"
    sealer = Sealer.of(row.tenant_id)
    sealer.seal(row, "access_token", secret)
    GoogleConnection.objects.filter(pk=pk).update(access_token=row.access_token)
    # Noted before the commit: if it fails, this process ends with an error and says nothing.
    written[str(pk)] = secret


if __name__ == "__main__":
    connection.settings_dict["NAME"] = sys.argv[2]
    if sys.argv[1] == "rotate":
        rotate()
    else:
        use(sys.argv[3], float(sys.argv[4]), sys.argv[5])
