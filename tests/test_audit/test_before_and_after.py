"""A change is recorded with what was there before and what is there since; secrets never are."""

import re
import uuid
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.audit.models.event import AuditEvent
from accounts.audit.recording import by_worker, differing, masked
from accounts.members.models.membership import Membership
from accounts.members.services.members import transfer
from accounts.tenancy.scope import tenant_scope
from provisioning.requests.models.request import ProvisioningRequest
from provisioning.requests.states import Status
from tests.cast import Cast
from tests.emulator.thread import EmulatorThread
from tests.journeys import connected
from tests.rows import connection_row, request_row
from tests.test_house.source import ROOT


def data_of(cast: Cast, tag: str) -> dict[str, Any]:
    with tenant_scope(cast.tenant):
        return dict(AuditEvent.objects.filter(tag=tag).latest("created_at").data)


def test_details_of_a_request_that_waits_for_its_google_account(
    owner_browser: Client, cast: Cast
) -> None:
    connection = connection_row(cast.tenant)
    row = request_row(connection, Status.AUTHORIZING)
    sent = {
        "website_url": "https://redbird.example",
        "account_name": "Redbird Bakery",
        "property_name": row.property_name,
        "stream_name": row.stream_name,
        "time_zone": row.time_zone,
        "region_code": row.region_code,
        "connection": str(connection.pk),
        "submission": str(uuid.uuid4()),
    }
    page = reverse("request-details", args=[cast.tenant.slug, row.pk])
    assert owner_browser.post(page, sent).status_code in (302, 303)
    with tenant_scope(cast.tenant):
        assert ProvisioningRequest.objects.get().account_name == "Redbird Bakery"
    changed = data_of(cast, "provisioning:details:changed")
    assert changed["account_name"] == {"before": "Bluebird Bakery", "after": "Redbird Bakery"}
    assert changed["website_url"] == {
        "before": "https://bluebird.example",
        "after": "https://redbird.example",
    }
    assert "time_zone" not in changed
    log = owner_browser.get(reverse("audit", args=[cast.tenant.slug])).content.decode()
    assert "Bluebird Bakery → Redbird Bakery" in re.sub(r"\s+", " ", log)


def test_ownership_that_is_handed_over(cast: Cast) -> None:
    with tenant_scope(cast.tenant):
        rows = {row.user_id: row for row in Membership.objects.filter(tenant=cast.tenant)}
        transfer(rows[cast.owner.pk], rows[cast.teammate.pk], by_worker())
    assert data_of(cast, "accounts:tenant:transferred") == {
        "role": {"before": "admin", "after": "owner"},
        "giver": cast.owner.email,
        "givers_role": {"before": "owner", "after": "admin"},
    }


def test_a_connection_that_came_back(
    owner_browser: Client, cast: Cast, google: EmulatorThread
) -> None:
    first = connected(owner_browser, cast.tenant, google)
    with tenant_scope(cast.tenant):
        type(first).objects.update(status="needs_reconnect")
    connected(owner_browser, cast.tenant, google)
    assert data_of(cast, "tokens:connection:reconnected") == {
        "status": {"before": "needs_reconnect", "after": "active"}
    }


@pytest.mark.parametrize("name", ["client_secret", "refresh_token", "password", "api_key"])
def test_a_secret_is_masked_on_both_sides(name: str) -> None:
    both = differing({name: "canary-old"}, {name: "canary-new"})
    assert "canary" not in str(masked(both))
    assert "canary" not in str(masked({"settings": both}))


def test_what_stays_as_it_is_is_not_told() -> None:
    assert differing({"a": 1, "b": 2}, {"a": 1, "b": 3}) == {"b": {"before": 2, "after": 3}}


def test_every_change_says_both() -> None:
    """A record of a change is made from `differing`, or names before and after."""
    silent = [
        call
        for room in ("accounts", "tokens", "provisioning")
        for path in (ROOT / room / "services").glob("*.py")
        for call in re.findall(r"record\(\s*Event\.\w+CHANGED.*?\)\n", path.read_text(), re.DOTALL)
        if "**changed" not in call and not ("before=" in call and "after=" in call)
    ]
    assert silent == []
