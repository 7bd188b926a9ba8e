"""Asking Google now, because somebody pressed a button, and not too often."""

from accounts.audit.recording import Actor, record
from accounts.tenancy.models import Tenant
from tokens.connections.models.connection import GoogleConnection
from tokens.connections.services.access_token import ConnectionUnusable, renew
from tokens.events import Event
from tokens.google.errors import GoogleError
from tokens.rate_limits.services import take

# So many at once for all of an organisation, and one more each ten seconds after that.
_AT_ONCE = 6
_PER_SECOND = 0.1


def may_ask(tenant: Tenant) -> bool:
    """Whether one more check may be made for `tenant` now; counts it."""
    name = f"checks:{tenant.pk}"
    return take(name, 1, rate=_PER_SECOND, burst=_AT_ONCE) == 1


def check_connection(connection: GoogleConnection, actor: Actor) -> bool:
    """Renew the access token of a usable connection now; whether Google gave one.

    What it said instead is written where refreshes write it, and read by the doctor.

    Raises:
        PortalSealed: a master key is missing, so nothing can be asked.
    """
    try:
        renew(connection)
    except (ConnectionUnusable, GoogleError):
        works = False
    else:
        works = True
    record(Event.CONNECTION_CHECKED, actor, target=connection, works=works)
    return works
