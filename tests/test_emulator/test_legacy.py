"""v3 in the emulator: tickets, terms, lists, quotas, and the day Google switched it off."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest
import requests

from tests.emulator.person import Person
from tests.test_emulator.product import EDIT, READONLY, RETURN, SEED, Product, answer_of

PROVISION = "https://www.googleapis.com/auth/analytics.provision"
TICKET_PATH = "/analytics/v3/provisioning/createAccountTicket"
ACCOUNTS = "/analytics/v3/management/accounts"


def granted(product: Product, person: Person, *scopes: str) -> str:
    scope = " ".join(("openid", "email", *(scopes or (EDIT, PROVISION))))
    return str(product.connect(person, scope=scope)["access_token"])


def ask(product: Product, token: str, **changes: Any) -> requests.Response:
    body = {
        "account": {"name": "Bakery"},
        "webproperty": {"name": "Shop", "websiteUrl": "https://bakery.example"},
        "profile": {"name": "All"},
        "redirectUri": RETURN,
        **changes,
    }
    return product.call("POST", TICKET_PATH, token, body)


def terms(product: Product, ticket: str) -> str:
    place = "/analytics/web/?provisioningSignup=false#management/TermsOfService//"
    return f"{product.base_url}{place}?api.accountTicketId={quote(ticket)}"


def reason(answer: requests.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["errors"][0]["reason"]


def test_accepting_makes_account_property_and_view_and_says_so(
    product: Product, ada: Person
) -> None:
    token = granted(product, ada)
    ticket = ask(product, token).json()
    assert ticket["profile"]["timezone"] == "America/Los_Angeles"

    back = answer_of(str(ada.answer_terms(terms(product, ticket["id"]))))
    assert set(back) >= {"accountId", "webPropertyId", "profileId", "accountTicketId"}
    assert back["webPropertyId"] == f"UA-{back['accountId']}-1"

    place = f"{ACCOUNTS}/{back['accountId']}/webproperties"
    assert product.call("GET", ACCOUNTS, token).json()["items"][0]["id"] == back["accountId"]
    (prop,) = product.call("GET", place, token).json()["items"]
    assert (prop["id"], prop["profileCount"]) == (back["webPropertyId"], 1)
    (view,) = product.call("GET", f"{place}/{prop['id']}/profiles", token).json()["items"]
    assert (view["id"], view["name"]) == (back["profileId"], "All")


def test_a_refusal_returns_the_code_and_the_ticket(product: Product, ada: Person) -> None:
    ticket = ask(product, granted(product, ada)).json()["id"]
    back = answer_of(str(ada.answer_terms(terms(product, ticket), "cancel")))
    assert back["error"] == "user_cancel"
    assert back["accountTicketId"] == ticket
    assert "webPropertyId" not in back


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"account": {}}, "required"),
        ({"webproperty": {"name": "Shop"}}, "required"),
        ({"profile": {"name": "All", "timezone": "Mars/Olympus"}}, "invalidParameter"),
        ({"profile": {"name": "All", "currency": "EUR"}}, "invalidParameter"),
        ({"redirectUri": RETURN.upper()}, "invalidParameter"),
        ({"surprise": 1}, "invalidParameter"),
    ],
)
def test_only_the_basic_fields_and_a_registered_return_are_taken(
    product: Product, ada: Person, changes: dict[str, Any], expected: str
) -> None:
    assert reason(ask(product, granted(product, ada), **changes)) == (400, expected)


def test_a_ticket_needs_the_provision_scope_and_a_list_needs_another(
    product: Product, ada: Person
) -> None:
    refused = ask(product, granted(product, ada, EDIT))
    assert reason(refused) == (403, "insufficientPermissions")
    assert 'error="insufficient_scope"' in refused.headers["WWW-Authenticate"]
    bob = Person(product.base_url, "bob@gmail.example")
    listed = product.call("GET", ACCOUNTS, granted(product, bob, PROVISION))
    assert reason(listed) == (403, "insufficientPermissions")
    assert reason(product.call("GET", ACCOUNTS, "ya29.nobody")) == (401, "authError")


def test_somebody_without_an_account_is_refused_and_not_shown_an_empty_list(
    product: Product, ada: Person
) -> None:
    answer = product.call("GET", ACCOUNTS, granted(product, ada, READONLY))
    assert answer.json()["error"]["message"] == "User does not have any Google Analytics account."


def test_fifty_writes_a_day_then_none_until_midnight(product: Product, ada: Person) -> None:
    product.control("POST", "seed", {**SEED, "v3_writes_day": 2})
    token = granted(product, ada)
    assert [ask(product, token).status_code for _ in range(2)] == [200, 200]
    assert reason(ask(product, token)) == (403, "dailyLimitExceeded")


def test_one_and_a_half_calls_a_second(product: Product, ada: Person) -> None:
    token = granted(product, ada)
    answers = [product.call("GET", ACCOUNTS, token) for _ in range(16)]
    assert reason(answers[-1]) == (403, "userRateLimitExceeded")
    assert {answer.json()["error"]["message"] for answer in answers[:15]} == {
        "User does not have any Google Analytics account."
    }


def test_switched_off_every_call_is_refused_as_google_does(product: Product, ada: Person) -> None:
    token = granted(product, ada)
    product.scenario("v3-gone")
    for answer in (ask(product, token), product.call("GET", ACCOUNTS, token)):
        assert reason(answer) == (403, "insufficientPermissions")
        assert "sufficient permissions" in answer.json()["error"]["message"]
