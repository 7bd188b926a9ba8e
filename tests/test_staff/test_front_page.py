"""The front page of staff: what waits, what is stuck, and one field that finds anything."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from provisioning.requests.models.attempt import AccountTicket
from provisioning.requests.models.request import ProvisioningRequest
from tests.cast import Cast
from tests.emulator.thread import EmulatorThread
from tests.journeys import connected, new_request, work
from tests.rows import connection_row, request_row
from tokens.exchanges.models import Exchange


def front(staff: Client) -> str:
    return staff.get(reverse("admin:index")).content.decode()


def test_an_empty_house_is_in_order_but_for_its_worker(staff: Client) -> None:
    page = front(staff)
    assert "Nothing is stuck." in page
    assert "has never said that it is alive" in page


def test_a_request_that_nobody_works_on_is_stuck(staff: Client, cast: Cast) -> None:
    row = request_row(connection_row(cast.tenant))
    late = timezone.now() - timedelta(minutes=11)
    ProvisioningRequest._base_manager.filter(pk=row.pk).update(status="queued", due_at=late)
    page = front(staff)
    assert row.account_name in page
    assert "late: more than ten minutes" in page
    assert "Nothing is stuck." not in page


def test_the_front_page_asks_as_often_for_many_as_for_one(
    staff: Client, cast: Cast, django_assert_max_num_queries: object
) -> None:
    connection = connection_row(cast.tenant)
    for _ in range(15):
        row = request_row(connection)
        ProvisioningRequest._base_manager.filter(pk=row.pk).update(status="failed")
    with django_assert_max_num_queries(20):  # type: ignore[operator]  # a fixture that is called
        front(staff)


@pytest.mark.usefixtures("google")
def test_anything_is_found_by_what_people_have_in_hand(
    staff: Client, cast: Cast, owner_browser: Client, google: EmulatorThread
) -> None:
    request = new_request(owner_browser, connected(owner_browser, cast.tenant, google))
    work()
    ticket = AccountTicket._base_manager.get()
    exchange = Exchange._base_manager.exclude(reference="").first()
    assert exchange is not None
    in_hand = {
        ticket.ticket_id: "admin:provisioning_accountticket_change",
        str(request.pk): "admin:provisioning_provisioningrequest_change",
        cast.owner.email: "admin:accounts_user_change",
        "Acme Agency": "admin:accounts_tenant_change",
        exchange.reference: "admin:tokens_exchange_change",
    }
    for words, page in in_hand.items():
        found = staff.get(reverse("admin:find"), {"q": words}).content.decode()
        start = reverse(page, args=[request.pk]).partition(str(request.pk))[0]
        assert f'href="{start}' in found, words


@pytest.mark.parametrize("words", ["", "ab", "no such thing", "<script>alert(1)</script>"])
def test_what_is_not_there_is_said(staff: Client, words: str) -> None:
    page = staff.get(reverse("admin:find"), {"q": words})
    assert page.status_code == 200
    assert b"<script>alert" not in page.content
    assert (b"Nothing is named" in page.content) is bool(words)


def test_people_cannot_search(owner_browser: Client) -> None:
    assert owner_browser.get(reverse("admin:find"), {"q": "acme"}).status_code in (302, 403)
