"""Refuses a database role that row-level security does not hold (docs/production.md)."""

from collections.abc import Sequence
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import connections

from accounts.audit.models.event import AuditEvent
from accounts.audit.models.link import AuditLink
from accounts.tenancy.scope import TenantModel
from tokens.clients.models.client import OAuthClient

_HOLDS = "Connect as a role that owns nothing: docs/production.md has the statements."
_ROLE = "SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user"
_TABLES = """
    SELECT relname, pg_has_role(current_user, relowner, 'MEMBER'),
        relrowsecurity AND relforcerowsecurity
    FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
        AND relname = ANY(%s) ORDER BY relname
"""


def tenants_tables() -> list[str]:
    """Every table whose rows belong to tenants."""
    return [
        model._meta.db_table
        for model in apps.get_models()
        if issubclass(model, TenantModel) or model in (AuditEvent, AuditLink, OAuthClient)
    ]


@register(Tags.database, deploy=True)
def role_is_held(*, databases: Sequence[str] | None = None, **_: object) -> list[CheckMessage]:
    """The application's role sees one tenant at a time and cannot change that."""
    if settings.DEBUG:
        return []
    named = [connections[alias] for alias in databases or ()]
    return [
        problem
        for database in named
        if database.vendor == "postgresql"
        for problem in _problems(database)
    ]


def _problems(database: Any) -> list[CheckMessage]:
    found: list[CheckMessage] = []
    if database.settings_dict["OPTIONS"].get("server_side_binding"):
        found.append(Error("server_side_binding is on: no tenant is carried.", id="portal.E013"))
    with database.cursor() as cursor:
        cursor.execute(_ROLE)
        if any(cursor.fetchone()):
            said = "The database role is a superuser or has BYPASSRLS."
            found.append(Error(said, hint=_HOLDS, id="portal.E010"))
        cursor.execute(_TABLES, [tenants_tables()])
        tables = cursor.fetchall()
    if owned := [name for name, owns, _ in tables if owns]:
        said = f"The database role owns {', '.join(owned)}."
        found.append(Error(said, hint=_HOLDS, id="portal.E011"))
    if bare := [name for name, _, secured in tables if not secured]:
        said = f"Row-level security is off on {', '.join(bare)}."
        found.append(Error(said, hint="Run `manage.py migrate` as the owner.", id="portal.E012"))
    return found
