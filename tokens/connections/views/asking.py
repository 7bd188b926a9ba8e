"""Buttons that make the portal ask Google at once."""

from accounts.tenancy.models import Tenant
from accounts.web.notices import NoticesAt
from tokens.connections.services.checks import may_ask


def asks_too_often(tenant: Tenant, notices: NoticesAt) -> bool:
    """Whether `tenant` has had Google asked too often just now; then the person is told."""
    if may_ask(tenant):
        return False
    notices.warning("Google was asked several times just now. Try again in a minute.")
    return True
