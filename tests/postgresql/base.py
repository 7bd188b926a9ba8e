"""The product sees its tenant's rows only; a test that looks at rows itself sees all of them.

Which of both a statement is, the nearest frame of ours tells: a test's, or the product's.
So no test has to open a scope to look, and none lends its sight to the code that it tests.
"""

import sys
from pathlib import Path
from types import FrameType

from accounts.tenancy.postgresql import base
from accounts.tenancy.row_security import CLOSED, Across, RowAccess
from tests.postgresql.creation import DatabaseCreation

_ROOT = Path(__file__).resolve().parent.parent.parent
_OURS = tuple(f"{_ROOT / room}/" for room in ("accounts", "tokens", "provisioning", "portal"))
_TESTS = f"{_ROOT / 'tests'}/"
_ENGINES = (f"{_ROOT}/accounts/tenancy/postgresql/", f"{_ROOT}/tests/postgresql/")
# They read and write rows for whoever calls them, so the caller is asked.
_FOR_OTHERS = tuple(
    f"{_ROOT}/{path}"
    for path in (
        "accounts/audit/recording.py",
        "accounts/tenancy/bulk_writes.py",
        "tokens/encryption/sealing.py",
        "tokens/exchanges/recording.py",
        "tokens/google/",
        *(
            f"tokens/{subject}/google"
            for subject in ("api_keys", "connections", "service_accounts")
        ),
        *(f"{path.relative_to(_ROOT).with_suffix('')}" for path in _ROOT.glob("tokens/*/models*")),
    )
)
_ALL = RowAccess(across=Across.WRITE)
# Where databases are made from: it has no rows of ours, and no statement may go ahead there.
_MAINTENANCE = "postgres"


def asked_by_a_test() -> bool:
    """Whether the nearest code of ours that runs is a test's and not the product's."""
    frame: FrameType | None = sys._getframe()
    while frame is not None:
        name = frame.f_code.co_filename
        if not name.startswith((*_ENGINES, *_FOR_OTHERS)):
            if name.startswith(_TESTS):
                return True
            if name.startswith(_OURS):
                return False
        frame = frame.f_back
    return False


class SeesAsTests(base.CarriesRowAccess):
    """Opens all rows for statements of the tests."""

    def access(self) -> RowAccess:
        """The product's access, or all rows for a test that has opened no scope."""
        access = super().access()
        if self.connection.info.dbname == _MAINTENANCE:
            return access
        return _ALL if access == CLOSED and asked_by_a_test() else access


class Cursor(SeesAsTests, base.Cursor):
    """A cursor of the tests."""


class ServerSideCursor(SeesAsTests, base.ServerSideCursor):
    """A server-side cursor of the tests."""


class DatabaseWrapper(base.DatabaseWrapper):
    """The product's engine with the tests' cursors, and databases made for the tests' role."""

    creation_class = DatabaseCreation
    cursor_class = Cursor
    server_side_cursor_class = ServerSideCursor
