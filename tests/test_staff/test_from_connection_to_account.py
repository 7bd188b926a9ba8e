"""From a connection to its requests, tries, exchanges and account, and back, without typing."""

import re
from html import unescape
from typing import Any

import pytest
from django.db import models
from django.test import Client
from django.urls import reverse

from accounts.tenancy.scope import across_tenants
from accounts.users.models import User
from provisioning.requests.models.account import ProvisionedAccount
from provisioning.requests.models.attempt import ProvisioningAttempt
from provisioning.requests.models.request import ProvisioningRequest
from tests.cast import Cast
from tests.rows import connection_row
from tests.rows import request_row as new_row
from tests.test_staff.test_admin import OURS, address, rows
from tokens.connections.models.connection import GoogleConnection
from tokens.connections.models.oauth_flow import OAuthFlow
from tokens.exchanges.models import Exchange

__all__ = ["rows"]
LINK = re.compile(r'href="(/admin/\w+/\w+/\?[^"]+)">([^<]+)</a>')
pytestmark = pytest.mark.usefixtures("rows")


def page(staff: Client, row: models.Model) -> str:
    answer = staff.get(address(type(row), "change", row.pk))
    assert answer.status_code == 200
    return answer.content.decode()


def elsewhere(staff: Client, row: models.Model) -> dict[str, str]:
    """Where the row leads, by the words of the links."""
    return {words: unescape(link) for link, words in LINK.findall(page(staff, row))}


def listed(staff: Client, link: str) -> list[Any]:
    answer = staff.get(link)
    assert answer.status_code == 200, link
    return list(answer.context["cl"].queryset)


@pytest.fixture
def request_row() -> ProvisioningRequest:
    with across_tenants():
        return ProvisioningRequest.objects.select_related("connection").get()


@pytest.mark.slow
def test_every_page_leads_to_what_belongs_to_its_row_and_to_nothing_else(staff: Client) -> None:
    followed = 0
    for model in OURS:
        with across_tenants():
            row = model._default_manager.all()[0]
        for words, link in elsewhere(staff, row).items():
            followed += 1
            name, _, value = link.partition("?")[2].partition("&")[0].partition("=")
            assert value == str(row.pk) or name == "subject__exact", words
            for found in listed(staff, link):
                column = name.split("__")[0]
                with across_tenants():
                    assert str(getattr(found, f"{column}_id", getattr(found, column, ""))) == value
    assert followed > 60


def test_the_flow_can_be_walked_from_the_connection_to_the_account_and_back(
    staff: Client, request_row: ProvisioningRequest
) -> None:
    connection = request_row.connection
    assert connection is not None
    links = elsewhere(staff, connection)
    assert listed(staff, links["provisioning requests"]) == [request_row]
    assert len(listed(staff, links["exchanges"])) > 1
    of_request = elsewhere(staff, request_row)
    during = listed(staff, of_request["exchanges with Google"])
    assert {one.subject for one in during} == {request_row.pk}
    shown = page(staff, request_row)
    with across_tenants():
        account = ProvisionedAccount.objects.get()
        attempt = ProvisioningAttempt.objects.all()[0]
    for row in (account, attempt, connection):
        assert address(type(row), "change", row.pk) in shown
    assert address(ProvisioningRequest, "change", request_row.pk) in page(staff, account)


def test_a_try_shows_its_ticket_and_what_was_said_to_google_during_it(staff: Client) -> None:
    with across_tenants():
        attempt = ProvisioningAttempt.objects.select_related("ticket").all()[0]
    assert attempt.ticket.ticket_id in page(staff, attempt)
    said = listed(staff, elsewhere(staff, attempt)["exchanges with Google"])
    assert said
    assert all(one.created_at >= attempt.started_at for one in said)


def test_what_has_nothing_to_show_takes_no_room(staff: Client, cast: Cast) -> None:
    bare = new_row(connection_row(cast.elsewhere))
    shown = page(staff, bare)
    assert 'id="attempts-group"' not in shown
    assert 'id="moves-group"' not in shown
    with across_tenants():
        full = ProvisioningRequest.objects.exclude(pk=bare.pk).get()
    assert 'id="attempts-group"' in page(staff, full)
    assert 'id="moves-group"' in page(staff, full)


def test_an_exchange_leads_to_what_it_was_done_for(
    staff: Client, request_row: ProvisioningRequest
) -> None:
    with across_tenants():
        exchange = Exchange.objects.filter(subject=request_row.pk)[0]
    link = f"{reverse('admin:find')}?q={request_row.pk}"
    assert link in page(staff, exchange)
    found = staff.get(link).content.decode()
    assert address(ProvisioningRequest, "change", request_row.pk) in found


def test_a_flow_leads_to_its_exchanges_and_a_person_to_what_they_did(
    staff: Client, cast: Cast
) -> None:
    with across_tenants():
        flow = OAuthFlow.objects.exclude(connection=None)[0]
        owner = User.objects.get(pk=cast.owner.pk)
    assert listed(staff, elsewhere(staff, flow)["exchanges with Google"])
    assert listed(staff, elsewhere(staff, owner)["audit events"])
    assert listed(staff, elsewhere(staff, owner)["memberships"])


def test_an_outsider_follows_no_link(owner_browser: Client) -> None:
    answer = owner_browser.get(f"{address(GoogleConnection, 'changelist')}?q=acme")
    assert answer.status_code in (302, 403)
