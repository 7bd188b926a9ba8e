"""What a hand on the database, or a broken disk, leaves behind, in every store of secrets."""

from collections.abc import Callable
from typing import Any

from allauth.mfa.models import Authenticator
from django.db import connection, models

from accounts.tenancy.scope import across_tenants, tenant_scope
from tests.stores import Stores
from tokens.clients.models.client import PortalSecret
from tokens.connections.models.connection import GoogleConnection
from tokens.encryption.models.tenant_key import TenantKey


def write(row: models.Model, column: str, text: str) -> None:
    """Put a text into a column past everything that the portal would say against it."""
    table = connection.ops.quote_name(row._meta.db_table)
    pk = row._meta.pk
    assert pk is not None
    stored = pk.get_db_prep_value(row.pk, connection)
    with across_tenants(), connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {table} SET {column} = %s WHERE {pk.column} = %s",  # noqa: S608  # names of ours
            [text, stored],
        )


def _step(stores: Stores, kind: str, damage: Callable[[str], Any]) -> str:
    [row] = Authenticator.objects.filter(user=stores.people[0], type=kind)
    [place] = {"secret", "seed"} & set(row.data)
    data = {**row.data, place: damage(row.data[place])}
    Authenticator.objects.filter(pk=row.pk).update(data=data)
    return f"mfa.Authenticator {row.pk}"


def _key(stores: Stores, column: str, damage: Callable[[str], str]) -> str:
    [row] = TenantKey._base_manager.filter(tenant=stores.connections[2].tenant)
    value = row.wrapped.token if column == "wrapped" else row.wrapped_by
    write(row, column, damage(value))
    return f"tokens.TenantKey {row.pk}"


def _key_of_no_name(stores: Stores) -> str:
    """A data key that was damaged besides the id of its master key."""
    _key(stores, "wrapped", flipped)
    return _key(stores, "wrapped_by", lambda _: "")


def _portal(damage: Callable[[str], str]) -> str:
    row = PortalSecret.objects.get()
    write(row, "secret", damage(row.secret.token))
    return f"tokens.PortalSecret {row.pk}"


def _of_another_person(stores: Stores) -> str:
    [theirs] = Authenticator.objects.filter(user=stores.people[1], type="totp")
    return _step(stores, "totp", lambda _: theirs.data["secret"])


def flipped(text: str) -> str:
    """With another letter in the middle."""
    at = len(text) // 2
    return f"{text[:at]}{'A' if text[at] != 'A' else 'B'}{text[at + 1 :]}"


# Each damages one secret that a rewrapping meets, and says how it is named.
OF_REWRAPS: dict[str, Callable[[Stores], str]] = {
    "an app's secret, changed": lambda stores: _step(stores, "totp", flipped),
    "an app's secret, cut off": lambda stores: _step(stores, "totp", lambda text: text[:40]),
    "an app's secret, under a key that never was": lambda stores: _step(
        stores, "totp", lambda text: f"ffffffffffff{text[12:]}"
    ),
    "an app's secret, plain": lambda stores: _step(stores, "totp", lambda _: "JBSWY3DPEHPK3PXP"),
    "an app's secret, a number": lambda stores: _step(stores, "totp", lambda _: 5),
    "an app's secret, none": lambda stores: _step(stores, "totp", lambda _: None),
    "an app's secret, an object": lambda stores: _step(stores, "totp", lambda _: {"a": 1}),
    "an app's secret, another person's": _of_another_person,
    "a recovery seed, empty": lambda stores: _step(stores, "recovery_codes", lambda _: ""),
    "a data key, changed": lambda stores: _key(stores, "wrapped", flipped),
    "a data key, empty": lambda stores: _key(stores, "wrapped", lambda _: ""),
    "a data key, under a key that never was": lambda stores: _key(
        stores, "wrapped_by", lambda _: "f" * 12
    ),
    "a data key, changed, under a key without a name": _key_of_no_name,
    "the portal's secret, changed": lambda _: _portal(flipped),
    "the portal's secret, with more at its end": lambda _: _portal(lambda text: f"{text}!"),
}


def damage_connection(row: GoogleConnection, damage: Callable[[str], str]) -> str:
    """One secret that a resealing meets; says how it is named."""
    with tenant_scope(row.tenant):
        token = GoogleConnection.objects.get(pk=row.pk).refresh_token.token
    write(row, "refresh_token", damage(token))
    return f"tokens.GoogleConnection {row.pk}"


OF_RESEALS: dict[str, Callable[[str], str]] = {
    "changed": flipped,
    "empty": lambda _: "",
    "plain": lambda _: "1//emu-canary-plain",
    "cut off": lambda text: text[:-3],
    "with more at its end": lambda text: f"{text}!",
    "under a key that never was": lambda text: f"v2.ffffffffffff{text[15:]}",
    "of another format": lambda text: f"v1{text[2:]}",
    "of no format": lambda text: f"v9{text[2:]}",
}
