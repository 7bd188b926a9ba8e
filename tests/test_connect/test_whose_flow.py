"""A flow ends for whoever began it, although somebody else sits at the same browser by then."""

import pytest
from django.http import QueryDict
from django.test import Client

from accounts.audit.recording import by_worker
from accounts.tenancy.scope import tenant_scope
from tests.cast import Cast
from tests.journeys import leave_to_connect
from tokens.connections.models.oauth_flow import OAuthFlow
from tokens.connections.services.oauth_flow import CallbackRefused, finish_flow


def test_nobody_else_ends_it_even_in_the_same_session(owner_browser: Client, cast: Cast) -> None:
    leave_to_connect(owner_browser, cast.tenant)
    key = str(owner_browser.session.session_key)
    with tenant_scope(cast.tenant):
        flow = OAuthFlow.objects.get()
        for user in (cast.teammate, None):
            with pytest.raises(CallbackRefused):
                finish_flow(flow, QueryDict(), user=user, session_key=key, actor=by_worker())
        flow.refresh_from_db()
        assert flow.consumed_at is None
        finish_flow(flow, QueryDict(), user=cast.owner, session_key=key, actor=by_worker())
        assert flow.consumed_at is not None
