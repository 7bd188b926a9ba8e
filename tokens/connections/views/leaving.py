"""Leaving for Google's consent page: one way for every page that does."""

from django.http import HttpRequest

from accounts.audit.recording import by_person
from accounts.tenancy.models import Tenant
from accounts.users.models import User
from accounts.web.sessions import session_key
from tokens.connections.models.oauth_flow import OAuthFlow
from tokens.connections.services.oauth_flow import FlowPurpose, start_flow


def leave(
    request: HttpRequest, purpose: FlowPurpose, *, tenant: Tenant, user: User | None
) -> tuple[OAuthFlow, str]:
    """Begin a flow of this browser. Returns it and the address of Google's consent page.

    `user` is nobody for whoever came by a link.

    Raises:
        GoogleError: the portal has no OAuth client.
    """
    return start_flow(
        tenant=tenant,
        user=user,
        session_key=session_key(request),
        actor=by_person(request),
        purpose=purpose,
    )
