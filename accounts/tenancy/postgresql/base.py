"""The database engine: Django's own, whose cursors carry the tenant.

The tenant travels in the same message as the statement. PostgreSQL runs one message as
one transaction, so outside `atomic()` the setting is gone with the statement, whoever gets
the connection next. Inside it is said again whenever it may be another one than was said
last: in each transaction, at the edges of a scope, and after every rollback (adr/0008).
"""

from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from types import TracebackType
from typing import Any, Self

from django.db.backends.postgresql import base
from django.db.backends.postgresql.psycopg_any import register_tzloader
from django.db.backends.postgresql.schema import DatabaseSchemaEditor
from psycopg import sql
from psycopg.pq import TransactionStatus

from accounts.tenancy.row_security import CLOSED, Across, RowAccess, current_row_access, row_access

# The stubs of Django do not say that these are psycopg's cursors.
DjangoCursor: Any = base.Cursor
DjangoServerSideCursor: Any = base.ServerSideCursor

# Where a connection keeps which rows its open transaction may see.
_SAID = "_portal_fence_said"


class CarriesRowAccess:
    """What both kinds of cursors share: which rows the next statement may see."""

    connection: Any

    def access(self) -> RowAccess:
        """Whose rows the code that asks may use."""
        return current_row_access()

    def needed(self) -> str:
        """The statement to put in front, or nothing when PostgreSQL has been told."""
        status = self.connection.pgconn.transaction_status
        if status == TransactionStatus.INERROR:
            # Nothing but a rollback is possible, and that takes back what was said.
            self.said(None)
            return ""
        access = self.access()
        idle = status == TransactionStatus.IDLE
        known = CLOSED if idle else getattr(self.connection, _SAID, None)
        if idle and access == CLOSED:
            self.said(CLOSED)
        return "" if access == known else access.as_sql

    def said(self, access: RowAccess | None) -> None:
        """Remember what the open transaction was told; None when nobody knows."""
        setattr(self.connection, _SAID, access)

    def together(self) -> AbstractContextManager[Any]:
        """One transaction for several messages; Django's own, when one is open."""
        return self.connection.transaction() if self.connection.autocommit else nullcontext()


class Cursor(CarriesRowAccess, DjangoCursor):  # type: ignore[misc]  # see above
    """A cursor whose statements carry the tenant in the same message."""

    def execute(self, query: Any, params: Any = None, **options: Any) -> "Cursor":
        """Run `query` for the tenant's rows; its result is the one that is read."""
        ahead = self.needed()
        if ahead:
            whole = ahead + query if isinstance(query, str) else sql.SQL(ahead) + query
            super().execute(whole, params, **options)
            self.nextset()
            self.said(self.access())
        else:
            super().execute(query, params, **options)
        if isinstance(query, str) and query.startswith("ROLLBACK"):
            # To a savepoint: what was said since then is taken back, this time's included.
            self.said(None)
        return self

    def executemany(self, query: Any, params_seq: Iterable[Any], **options: Any) -> None:
        """Run `query` for all rows; the tenant goes ahead in the same transaction."""
        ahead = self.needed()
        if not ahead:
            super().executemany(query, params_seq, **options)
            return
        with self.together():
            super().execute(ahead)
            self.said(self.access())
            super().executemany(query, params_seq, **options)


class ServerSideCursor(CarriesRowAccess, DjangoServerSideCursor):  # type: ignore[misc]  # likewise
    """The cursor of `.iterator()`. It is declared and filled with the tenant's rows."""

    def execute(self, query: Any, params: Any = None, **options: Any) -> "ServerSideCursor":
        """Declare the cursor in one transaction with the tenant."""
        ahead = self.needed()
        if not ahead:
            super().execute(query, params, **options)
            return self
        with self.together(), self.connection.cursor() as plain:
            DjangoCursor.execute(plain, ahead)
            self.said(self.access())
            super().execute(query, params, **options)
        return self


class SchemaEditor(DatabaseSchemaEditor):
    """Migrations move every tenant's rows."""

    def __enter__(self) -> Self:
        self._lifted = row_access(RowAccess(across=Across.WRITE))
        self._lifted.__enter__()
        super().__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            super().__exit__(kind, error, trace)
        finally:
            self._lifted.__exit__(None, None, None)


class DatabaseWrapper(base.DatabaseWrapper):
    """Connections whose every cursor carries the tenant."""

    SchemaEditorClass = SchemaEditor
    cursor_class: type[Cursor] = Cursor
    server_side_cursor_class: type[ServerSideCursor] = ServerSideCursor

    def get_connection_params(self) -> dict[str, Any]:
        params: dict[str, Any] = super().get_connection_params()
        params["cursor_factory"] = self.cursor_class
        return params

    def create_cursor(self, name: str | None = None) -> Any:
        """A cursor; with a name, one that lives in the server."""
        if name is None:
            return super().create_cursor()
        cursor = self.server_side_cursor_class(
            self.connection, name=name, scrollable=False, withhold=self.connection.autocommit
        )
        register_tzloader(self.timezone, cursor)
        return cursor
