"""Long lists are read from an index that has them in order, never sorted."""

import pytest
from django.db import connection

from accounts.tenancy.scope import tenant_scope
from provisioning.requests.models.request import ProvisioningRequest, RequestQuerySet
from provisioning.requests.states import Status
from tests.cast import Cast


def plan(rows: RequestQuerySet) -> str:
    """How the database finds the first of `rows`, were there too many to read them all."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")
    return rows.order_by("-updated_at", "-pk")[:25].explain()


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite sees through no parameters")
def test_what_needs_a_person_has_its_own_index(cast: Cast) -> None:
    with tenant_scope(cast.tenant):
        steps = plan(ProvisioningRequest.objects.needing_a_person())
    assert "requests_needing_a_person" in steps
    assert "Sort" not in steps


def test_the_requests_of_one_state_come_sorted(cast: Cast) -> None:
    with tenant_scope(cast.tenant):
        steps = plan(ProvisioningRequest.objects.filter(status=Status.COMPLETED))
    assert "requests_by_state_and_change" in steps
    assert "Sort" not in steps
    assert "TEMP B-TREE" not in steps
