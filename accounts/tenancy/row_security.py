"""Whose rows the database shows: carried to PostgreSQL with every statement. Pure: no queries.

PostgreSQL's policies (`accounts/tenancy/operations.py`) read two settings that live as long as a
transaction: `app.tenant`, the tenant in scope, and `app.across`, which opens other tenants' rows
for reading (`unscoped_read`) or for everything (staff pages, migrations).
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from enum import StrEnum
from functools import wraps
from typing import ParamSpec, TypeVar
from uuid import UUID

P = ParamSpec("P")
T = TypeVar("T")


class Across(StrEnum):
    """Whether other tenants' rows are open as well."""

    NO = ""
    READ = "read"
    WRITE = "write"


@dataclass(frozen=True, slots=True)
class RowAccess:
    """One tenant's rows, every tenant's rows, or none."""

    tenant: UUID | None = None
    across: Across = Across.NO

    @property
    def as_sql(self) -> str:
        """The statement that tells PostgreSQL. Holds an id and a word of ours, nothing else."""
        tenant = self.tenant or ""
        return (
            f"SELECT set_config('app.tenant', '{tenant}', true), "
            f"set_config('app.across', '{self.across}', true); "
        )


CLOSED = RowAccess()
_current: ContextVar[RowAccess] = ContextVar("row_access", default=CLOSED)


def current_row_access() -> RowAccess:
    """Whose rows the code that is running may use."""
    return _current.get()


@contextmanager
def row_access(access: RowAccess) -> Iterator[None]:
    """Use `access` in a block; the one before comes back afterwards."""
    token = _current.set(access)
    try:
        yield
    finally:
        _current.reset(token)


def unscoped_read(read: Callable[P, T]) -> Callable[P, T]:
    """Let a function of `*/unscoped.py` read rows of every tenant. It cannot write any.

    The function must return values or fetched rows: what is fetched later is
    fetched with the caller's access.
    """

    @wraps(read)
    def unscoped(*args: P.args, **kwargs: P.kwargs) -> T:
        with row_access(RowAccess(across=Across.READ)):
            return read(*args, **kwargs)

    return unscoped
