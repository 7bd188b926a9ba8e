"""Very many rows, fast."""

from django.db import connection
from django.utils import timezone

from accounts.tenancy.models import Tenant
from accounts.tenancy.scope import across_tenants, tenant_scope
from tests.bench.owner import as_owner
from tokens.clients.services.clients import portal_client
from tokens.connections.models.connection import GoogleConnection
from tokens.encryption.sealing import seal
from tokens.exchanges.models import Exchange

_TABLE = GoogleConnection._meta.db_table
# A number for each new row, and an id.
_NUMBERS = {
    "postgresql": "SELECT n FROM generate_series(%s, %s) AS n",
    "sqlite": (
        "WITH RECURSIVE c(n) AS (SELECT %s UNION ALL SELECT n + 1 FROM c WHERE n < %s) "
        "SELECT n FROM c"
    ),
}
_ID = {"postgresql": "gen_random_uuid()", "sqlite": "lower(hex(randomblob(16)))"}


def store(tenant: Tenant, first: int, last: int) -> None:
    """Connections of `tenant` with these numbers, all due: one made by us, the others copied.

    None of the copies can be opened, because a secret is bound to its row.
    """
    with tenant_scope(tenant):
        row = GoogleConnection(
            tenant=tenant,
            client=portal_client(),
            sub=f"bench-{first}",
            email="bench@gmail.example",
            refresh_due_at=timezone.now(),
        )
        seal(row, "refresh_token", "1//emu-bench")
        row.save()
    if first == last:
        return
    own = {"id": _ID[connection.vendor], "sub": "'bench-' || n"}
    columns = [str(field.column) for field in GoogleConnection._meta.concrete_fields]
    values = ", ".join(own.get(name, name) for name in columns)
    sql = (
        f"INSERT INTO {_TABLE} ({', '.join(columns)}) "  # noqa: S608  # names of our own only
        f"SELECT {values} FROM ({_NUMBERS[connection.vendor]}) AS numbers, "
        f"(SELECT * FROM {_TABLE} WHERE sub = %s) AS one"
    )
    with tenant_scope(tenant), connection.cursor() as cursor:
        cursor.execute(sql, [first + 1, last, row.sub])
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def forget() -> None:
    """Empty tables for the next measure."""
    with across_tenants():
        Exchange._base_manager.all()._raw_delete(using="default")
        GoogleConnection._base_manager.all().delete()
