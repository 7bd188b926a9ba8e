"""A page of a tenant asks the database at most twenty times.

Looked at twice: which keys are held, all pages share, and one of them asks now and then.
"""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.audit.recording import by_worker
from accounts.members.models.membership import Membership
from accounts.members.roles import Role
from accounts.members.services.invitations import invite
from accounts.tenancy.scope import tenant_scope
from provisioning.requests.models.request import ProvisioningRequest
from tests.cast import Cast
from tests.rows import connection_row
from tests.test_isolation.test_outsiders import ROUTES, address
from tests.test_lists.test_constant_queries import MOST, fill

# What must have been seen among them, so that an empty walk does not pass.
SEEN = {"home", "requests", "request", "connections", "connection", "members", "audit"}


@pytest.mark.slow
@pytest.mark.sqlite(only=True)
def test_no_page_asks_more_than_twenty_times(owner_browser: Client, cast: Cast) -> None:
    fill(cast, 40, 0)
    row = connection_row(cast.tenant)
    with tenant_scope(cast.tenant):
        sent = invite(cast.tenant, ["new@acme.example"], Role.VIEWER, by_worker())
        member = Membership.objects.get(tenant=cast.tenant, user=cast.viewer)
        requests = list(ProvisioningRequest.objects.all()[:4])
    rows = [row.pk, member.pk, sent[0].row.pk, *(one.pk for one in requests)]
    asked: dict[str, int] = {}
    for name, _ in ROUTES:
        for pk in rows:
            owner_browser.get(address(name, cast.tenant.slug, pk))
            with CaptureQueriesContext(connection) as queries:
                answer = owner_browser.get(address(name, cast.tenant.slug, pk))
            if answer.status_code == 200:
                asked[name] = max(asked.get(name, 0), len(queries))
    assert set(asked) >= SEEN
    assert {name: count for name, count in asked.items() if count > MOST} == {}
