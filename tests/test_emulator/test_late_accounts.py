"""Accounts that Google lists late, renames, or was made to make where nobody saw it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
import requests

from tests.emulator.person import Person, PersonBlocked
from tests.test_emulator.product import RETURN, TIMEOUT, Product, answer_of

EDIT = "https://www.googleapis.com/auth/analytics.edit"
PROVISION = "https://www.googleapis.com/auth/analytics.provision"


@dataclass(frozen=True)
class Api:
    """One of the two backends: how a ticket is asked for, how accounts are listed."""

    ticket: Callable[[Product, str], str]
    path: str
    field: str
    name: str


def _today(product: Product, token: str) -> str:
    return str(product.ticket(token).json()["accountTicketId"])


def _legacy(product: Product, token: str) -> str:
    body = {
        "account": {"name": "Bakery"},
        "webproperty": {"name": "Shop", "websiteUrl": "https://bakery.example"},
        "profile": {"name": "All"},
        "redirectUri": RETURN,
    }
    path = "/analytics/v3/provisioning/createAccountTicket"
    return str(product.call("POST", path, token, body).json()["id"])


BACKENDS = [
    Api(_today, "/v1beta/accounts?pageSize=1", "accounts", "displayName"),
    Api(_today, "/v1beta/accountSummaries?pageSize=1", "accountSummaries", "displayName"),
    Api(_legacy, "/analytics/v3/management/accounts", "items", "name"),
    Api(_legacy, "/analytics/v3/management/accountSummaries", "items", "name"),
]


@pytest.fixture
def token(product: Product, ada: Person) -> str:
    scope = f"openid email {EDIT} {PROVISION}"
    return str(product.connect(ada, scope=scope)["access_token"])


def listing(product: Product, api: Api, token: str) -> list[str]:
    """The names of one whole listing; v3 answers an error to whom has no account."""
    answer: dict[str, Any] = product.call("GET", api.path, token).json()
    names = [item[api.name] for item in answer.get(api.field, [])]
    while more := answer.get("nextPageToken"):
        answer = product.call("GET", f"{api.path}&pageToken={more}", token).json()
        names += [item[api.name] for item in answer.get(api.field, [])]
    return names


@pytest.mark.parametrize("answer", ["", "backend_error"])
@pytest.mark.parametrize("api", BACKENDS, ids=lambda api: api.path)
def test_an_account_may_appear_after_so_many_listings_whatever_was_answered(
    product: Product, ada: Person, token: str, api: Api, answer: str
) -> None:
    product.control("POST", "accounts", {"email": "ada@gmail.example", "prefix": "Old"})
    product.scenario("account-visible-late", params={"listings": 2})
    if answer:
        product.scenario("error-after-accept")
    ticket = api.ticket(product, token)
    returned = answer_of(str(ada.answer_terms(product.tos_url(ticket))))
    assert returned.get("error", "") == answer
    seen = ["Bakery" in listing(product, api, token) for _ in range(4)]
    assert seen == [False, False, True, True]


@pytest.mark.parametrize("api", BACKENDS[::2], ids=lambda api: api.path)
def test_who_has_no_other_account_waits_for_as_many_listings(
    product: Product, ada: Person, token: str, api: Api
) -> None:
    ticket = api.ticket(product, token)
    product.control("POST", "accept", {"ticket": ticket, "listings": 1})
    assert [listing(product, api, token) for _ in range(2)] == [[], ["Bakery"]]


@pytest.mark.parametrize("api", BACKENDS[::2], ids=lambda api: api.path)
def test_an_old_tab_accepts_what_was_answered_and_has_expired(
    product: Product, ada: Person, token: str, api: Api
) -> None:
    ticket = api.ticket(product, token)
    ada.answer_terms(product.tos_url(ticket), "cancel")
    product.control("POST", "clock", {"advance_seconds": 5000})
    made = product.control("POST", "accept", {"ticket": ticket, "name": "Other", "seconds": 60})
    assert answer_of(made["return"])["accountId"] == made["account"]
    renewed = product.connect(ada, scope=f"openid email {EDIT} {PROVISION}")["access_token"]
    assert listing(product, api, renewed) == []
    product.control("POST", "clock", {"advance_seconds": 61})
    assert listing(product, api, renewed) == ["Other"]
    again = requests.post(
        f"{product.base_url}/_emu/api/accept", json={"ticket": ticket}, timeout=TIMEOUT
    )
    assert again.status_code == 400


def test_an_old_tab_may_be_answered_with_any_error(product: Product, token: str) -> None:
    for error in ("backend_error", "user_cancel", "max_accounts_reached"):
        ticket = _today(product, token)
        made = product.control("POST", "accept", {"ticket": ticket, "answer": error})
        assert answer_of(made["return"])["error"] == error
        assert made["account"] in product.control("GET", "state")["accounts"]


def test_accounts_are_renamed_and_hidden_by_number(product: Product, token: str) -> None:
    api = BACKENDS[0]
    made = product.control("POST", "accept", {"ticket": _today(product, token)})["account"]
    product.control("POST", "account", {"account": made, "name": "New name", "listings": 1})
    assert [listing(product, api, token) for _ in range(2)] == [[], ["New name"]]
    product.control("POST", "account", {"account": made, "seconds": 60})
    assert listing(product, api, token) == []


def test_an_account_may_have_another_name_when_it_appears(
    product: Product, ada: Person, token: str
) -> None:
    product.scenario("account-renamed", params={"called": "Bluebird"})
    ada.answer_terms(product.tos_url(_today(product, token)))
    assert listing(product, BACKENDS[0], token) == ["Bluebird"]


def test_an_error_may_leave_the_ticket_open(product: Product, ada: Person, token: str) -> None:
    ticket = product.tos_url(_today(product, token))
    ada.answer_terms(ticket, "cancel")
    with pytest.raises(PersonBlocked, match="already used"):
        ada.answer_terms(ticket)
    product.scenario("answer-again")
    assert "accountId" in answer_of(str(ada.answer_terms(ticket)))
    with pytest.raises(PersonBlocked, match="already used"):
        ada.answer_terms(ticket)
