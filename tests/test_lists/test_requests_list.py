"""The list of requests: found, narrowed, sorted, and left as it was for the next visit."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from provisioning.requests.models.account import ProvisionedAccount
from provisioning.requests.models.request import ProvisioningRequest
from provisioning.requests.states import Status
from tests.cast import Cast
from tests.rows import connection_row, request_row


def names(answer: object) -> list[str]:
    rows: list[ProvisioningRequest] = answer.context["page_obj"].object_list  # type: ignore[attr-defined]
    return [row.account_name for row in rows]


@pytest.fixture
def address(cast: Cast) -> str:
    return reverse("requests", args=[cast.tenant.slug])


@pytest.fixture
def three(cast: Cast) -> list[ProvisioningRequest]:
    """Anna waits for terms, Bert is verified, Cleo is being asked for; Bert is the oldest."""
    shop, agency = connection_row(cast.tenant, "shop@gmail.example"), connection_row(cast.tenant)
    bert = request_row(
        agency, Status.COMPLETED, account_name="Bert", website_url="https://b.example"
    )
    ProvisionedAccount._base_manager.create(
        tenant=cast.tenant,
        request=bert,
        account_id="123456",
        property_id="777",
        measurement_id="G-ABCD1234",
        account_name="Bert",
        verified_at=timezone.now(),
    )
    cleo = request_row(shop, Status.REQUESTING, account_name="Cleo")
    anna = request_row(agency, Status.AWAITING_TERMS, account_name="Anna")
    return [anna, bert, cleo]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("ann", ["Anna"]),
        ("b.example", ["Bert"]),
        ("SHOP@", ["Cleo"]),
        ("123456", ["Bert"]),
        ("777", ["Bert"]),
        ("g-abcd1234", ["Bert"]),
        ("12345", []),
        ("%", []),
    ],
)
def test_people_find_what_they_remember(
    owner_browser: Client,
    address: str,
    three: list[ProvisioningRequest],
    words: str,
    found: list[str],
) -> None:
    assert names(owner_browser.get(address, {"q": words})) == found


def test_a_request_is_found_by_its_own_id(
    owner_browser: Client, address: str, three: list[ProvisioningRequest]
) -> None:
    assert names(owner_browser.get(address, {"q": str(three[2].pk)})) == ["Cleo"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, ["Anna", "Cleo", "Bert"]),
        ({"sort": "-created"}, ["Bert", "Cleo", "Anna"]),
        ({"sort": "name"}, ["Anna", "Bert", "Cleo"]),
        ({"status": "person"}, ["Anna"]),
        ({"status": "worker"}, ["Cleo"]),
        ({"status": "completed"}, ["Bert"]),
        ({"status": "no-such-state"}, []),
        ({"connection": "1f0c0e6e-0000-4000-8000-000000000000"}, []),
    ],
)
def test_the_url_narrows_and_sorts(
    owner_browser: Client,
    address: str,
    three: list[ProvisioningRequest],
    query: dict[str, str],
    found: list[str],
) -> None:
    assert names(owner_browser.get(address, query)) == found


def test_the_size_of_a_page_is_remembered(owner_browser: Client, cast: Cast, address: str) -> None:
    connection = connection_row(cast.tenant)
    for number in range(30):
        request_row(connection, account_name=f"Shop {number:02}")
    assert len(names(owner_browser.get(address))) == 25
    assert len(names(owner_browser.get(address, {"size": "50"}))) == 30
    assert len(names(owner_browser.get(address))) == 30
    second = owner_browser.get(address, {"size": "", "page": "2", "sort": "name"})
    assert names(second) == [f"Shop {number}" for number in range(25, 30)]


def test_htmx_gets_the_list_alone(
    owner_browser: Client, address: str, three: list[ProvisioningRequest]
) -> None:
    part = owner_browser.get(address, {"q": "ann"}, headers={"HX-Request": "true"})
    assert "Anna" in part.content.decode()
    assert "<html" not in part.content.decode()
    whole = owner_browser.get(
        address,
        {"q": "ann"},
        headers={"HX-Request": "true", "HX-History-Restore-Request": "true"},
    )
    assert "<html" in whole.content.decode()


def test_old_changes_are_last_whatever_was_made_when(
    owner_browser: Client, address: str, three: list[ProvisioningRequest]
) -> None:
    long_ago = timezone.now() - timedelta(days=3)
    ProvisioningRequest._base_manager.filter(pk=three[0].pk).update(updated_at=long_ago)
    assert names(owner_browser.get(address))[-1] == "Anna"
    assert names(owner_browser.get(address, {"sort": "-changed"}))[0] == "Anna"
