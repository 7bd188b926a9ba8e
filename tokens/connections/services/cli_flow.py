"""The Connect trip of an operator in a terminal, whose browser may be on another machine.

The same trip as a browser's (`connect`): state, PKCE, identity, permissions. The terminal
itself is the session that it is bound to.
"""

import hmac
import secrets
from dataclasses import dataclass, field

from django.http import QueryDict

from accounts.audit.recording import Actor
from accounts.tenancy.models import Tenant
from tokens.connections.models.oauth_flow import Authorization
from tokens.connections.services.oauth_flow import (
    CallbackRefused,
    Purpose,
    digest,
    finish_trip,
    start_trip,
)


@dataclass(frozen=True, slots=True)
class TerminalTrip:
    """A trip that has begun, and the address to open in a browser."""

    trip: Authorization
    url: str
    session_key: str = field(repr=False)


def begin(tenant: Tenant, redirect_uri: str, actor: Actor) -> TerminalTrip:
    """Begin a trip that comes back to `redirect_uri`.

    Raises:
        GoogleError: the portal has no OAuth client for terminals.
        PortalSealed: no secret can be kept.
    """
    session_key = secrets.token_urlsafe(32)
    trip, url = start_trip(
        tenant=tenant,
        user=None,
        session_key=session_key,
        actor=actor,
        purpose=Purpose(redirect_uri=redirect_uri),
    )
    return TerminalTrip(trip, url, session_key)


def finish(begun: TerminalTrip, query: str, actor: Actor) -> Authorization:
    """Handle what came back, `query` being the query string. The trip's `outcome` says the rest.

    Raises:
        CallbackRefused: it belongs to another trip, or comes for a second time.
    """
    answer = QueryDict(query)
    state = answer.get("state", "")
    if not hmac.compare_digest(digest(state), begun.trip.state_hash):
        raise CallbackRefused("This answer belongs to another sign-in: its state is wrong.")
    return finish_trip(begun.trip, answer, user=None, session_key=begun.session_key, actor=actor)
