"""the OAuth flow of an operator in a terminal, whose browser may be on another machine.

The same flow as a browser's (`connect`): state, PKCE, identity, permissions. The terminal
itself is the session that it is bound to.
"""

import hmac
import secrets
from dataclasses import dataclass, field

from django.http import QueryDict

from accounts.audit.recording import Actor
from accounts.tenancy.models import Tenant
from tokens.connections.models.oauth_flow import OAuthFlow
from tokens.connections.services.oauth_flow import (
    CallbackRefused,
    FlowPurpose,
    digest,
    finish_flow,
    start_flow,
)


@dataclass(frozen=True, slots=True)
class CliFlow:
    """A flow that has begun, and the address to open in a browser."""

    flow: OAuthFlow
    url: str
    session_key: str = field(repr=False)


def begin(tenant: Tenant, redirect_uri: str, actor: Actor) -> CliFlow:
    """Begin a flow that comes back to `redirect_uri`.

    Raises:
        GoogleError: the portal has no OAuth client for terminals.
        PortalSealed: no secret can be kept.
    """
    session_key = secrets.token_urlsafe(32)
    flow, url = start_flow(
        tenant=tenant,
        user=None,
        session_key=session_key,
        actor=actor,
        purpose=FlowPurpose(redirect_uri=redirect_uri),
    )
    return CliFlow(flow, url, session_key)


def finish(begun: CliFlow, query: str, actor: Actor) -> OAuthFlow:
    """Handle what came back, `query` being the query string. The flow's `outcome` says the rest.

    Raises:
        CallbackRefused: it belongs to another flow, or comes for a second time.
    """
    answer = QueryDict(query)
    state = answer.get("state", "")
    if not hmac.compare_digest(digest(state), begun.flow.state_hash):
        raise CallbackRefused("This answer belongs to another sign-in: its state is wrong.")
    return finish_flow(begun.flow, answer, user=None, session_key=begun.session_key, actor=actor)
