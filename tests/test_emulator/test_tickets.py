"""Account tickets and the terms page: once, in time, by the right person."""

from __future__ import annotations

import pytest
import requests

from tests.emulator.person import Person, PersonBlocked
from tests.emulator.thread import EmulatorThread
from tests.test_emulator.product import EDIT, READONLY, RETURN, TIMEOUT, Product, answer_of


@pytest.fixture
def token(product: Product, ada: Person) -> str:
    return str(product.connect(ada)["access_token"])


@pytest.fixture
def ticket(product: Product, token: str) -> str:
    return str(product.ticket(token).json()["accountTicketId"])


@pytest.fixture
def tos(product: Product, ticket: str) -> str:
    return product.tos_url(ticket)


def names(product: Product, token: str) -> list[str]:
    body = product.call("GET", "/v1beta/accountSummaries", token).json()
    return [entry["account"] for entry in body.get("accountSummaries", [])]


def test_accepting_creates_the_account_and_returns_its_id(
    product: Product, ada: Person, token: str, ticket: str, tos: str
) -> None:
    assert names(product, token) == []
    callback = ada.answer_terms(tos)
    assert callback is not None
    assert callback.startswith(RETURN + "&"), "the address had a query already"
    answer = answer_of(callback)
    assert answer["accountTicketId"] == ticket
    assert names(product, token) == [f"accounts/{answer['accountId']}"]
    account = product.call("GET", f"/v1beta/accounts/{answer['accountId']}", token).json()
    assert (account["displayName"], account["regionCode"]) == ("Bakery", "DE")
    path = f"/v1beta/properties?filter=parent:accounts/{answer['accountId']}"
    assert product.call("GET", path, token).json() == {}


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ("cancel", "user_cancel"),
        ("limit", "max_accounts_reached"),
        ("backend_error", "backend_error"),
    ],
)
def test_other_answers_return_an_error_and_create_nothing(
    product: Product, ada: Person, token: str, ticket: str, tos: str, answer: str, error: str
) -> None:
    returned = answer_of(str(ada.answer_terms(tos, answer)))
    assert returned == {"flow": "1", "accountTicketId": ticket, "error": error}
    assert names(product, token) == []
    with pytest.raises(PersonBlocked, match="already used"):
        ada.answer_terms(tos)


def test_closing_the_page_returns_nothing_and_leaves_the_ticket_open(ada: Person, tos: str) -> None:
    assert ada.answer_terms(tos, "close") is None
    assert ada.answer_terms(tos) is not None


def test_a_ticket_works_once(product: Product, ada: Person, token: str, tos: str) -> None:
    ada.answer_terms(tos)
    with pytest.raises(PersonBlocked, match="already used"):
        ada.answer_terms(tos)
    assert len(names(product, token)) == 1


def test_a_ticket_expires_by_the_clock(product: Product, ada: Person, tos: str) -> None:
    product.control("POST", "clock", {"advance_seconds": 3601})
    with pytest.raises(PersonBlocked, match="expired"):
        ada.answer_terms(tos)


def test_an_unknown_ticket_is_a_page(product: Product, ada: Person) -> None:
    with pytest.raises(PersonBlocked) as blocked:
        ada.answer_terms(product.tos_url("emu-ticket-none"))
    assert blocked.value.status == 404


def test_the_wrong_google_user_sees_the_missing_token_page(product: Product, tos: str) -> None:
    with pytest.raises(PersonBlocked, match="Account token is missing"):
        Person(product.base_url, "bob@gmail.example").answer_terms(tos)


def test_the_wrong_user_may_switch_to_the_right_one(product: Product, token: str, tos: str) -> None:
    bob = Person(product.base_url, "bob@gmail.example")
    bob.consent(product.authorize_url())
    page = bob.visit(bob.terms_url(tos))
    assert page.heading == "Error: Account token is missing."
    form = page.forms[0]
    switched = bob.visit(
        product.base_url + form.action, form.press("Switch to ada@gmail.example", [])
    )
    assert switched.heading == "Terms of service for “Bakery”"


def test_authuser_may_name_the_wrong_user(ada: Person, tos: str) -> None:
    wrong = tos.replace("provisioningSignup=false", "authuser=bob%40gmail.example")
    with pytest.raises(PersonBlocked, match="Account token is missing"):
        ada.answer_terms(wrong)
    right = tos.replace("provisioningSignup=false", "authuser=ada%40gmail.example")
    assert ada.answer_terms(right) is not None


def test_at_the_account_limit_accepting_says_so(
    product: Product, ada: Person, token: str, tos: str
) -> None:
    product.control("POST", "accounts", {"email": "ada@gmail.example", "count": 2})
    answer = answer_of(str(ada.answer_terms(tos)))
    assert answer["error"] == "max_accounts_reached"
    assert len(names(product, token)) == 2


@pytest.mark.parametrize(
    ("scenario", "error"),
    [
        ("limit-reached", "max_accounts_reached"),
        ("user-cancel", "user_cancel"),
        ("backend-error", "backend_error"),
    ],
)
def test_scenarios_turn_acceptance_into_an_error(
    product: Product, ada: Person, ticket: str, tos: str, scenario: str, error: str
) -> None:
    product.scenario(scenario, scope={"ticket": ticket})
    assert answer_of(str(ada.answer_terms(tos)))["error"] == error


@pytest.mark.parametrize(
    ("scenario", "heading"),
    [
        ("limit-no-callback", "does not load"),
        ("ticket-expired", "expired"),
        ("ticket-used", "already used"),
        ("wrong-google-user", "token is missing"),
    ],
)
def test_scenarios_keep_the_page_from_answering(
    product: Product, ada: Person, tos: str, scenario: str, heading: str
) -> None:
    product.scenario(scenario, scope={"user": "ada@gmail.example"})
    with pytest.raises(PersonBlocked, match=heading):
        ada.answer_terms(tos)


def test_the_return_may_lack_the_account_id(
    product: Product, ada: Person, token: str, ticket: str, tos: str
) -> None:
    product.scenario("accept-no-accountid")
    answer = answer_of(str(ada.answer_terms(tos)))
    assert answer == {"flow": "1", "accountTicketId": ticket}
    assert len(names(product, token)) == 1


def test_the_return_may_be_forged(product: Product, ada: Person, token: str, tos: str) -> None:
    product.scenario("callback-forged")
    forged = answer_of(str(ada.answer_terms(tos)))["accountId"]
    assert product.call("GET", f"/v1beta/accounts/{forged}", token).status_code == 403


def test_the_return_may_be_replayed(product: Product, ada: Person, token: str, tos: str) -> None:
    product.scenario("callback-replay")
    assert ada.answer_terms(tos) == ada.answer_terms(tos)
    assert len(names(product, token)) == 1


def test_an_expired_ticket_may_still_return_late(product: Product, ada: Person, tos: str) -> None:
    product.scenario("late-callback")
    product.control("POST", "clock", {"advance_seconds": 7200})
    assert "accountId" in answer_of(str(ada.answer_terms(tos)))


def test_the_account_may_appear_late(product: Product, ada: Person, token: str, tos: str) -> None:
    product.scenario("account-visible-late", params={"seconds": 60})
    account = answer_of(str(ada.answer_terms(tos)))["accountId"]
    path = f"/v1beta/accounts/{account}"
    assert product.call("GET", path, token).status_code == 403
    assert names(product, token) == []
    product.control("POST", "clock", {"advance_seconds": 61})
    assert product.call("GET", path, token).status_code == 200


def test_a_ticket_needs_the_edit_scope(product: Product, ada: Person) -> None:
    token = product.connect(ada, scope=READONLY)["access_token"]
    answer = product.ticket(token)
    assert answer.status_code == 403
    assert answer.json()["error"]["details"][0]["reason"] == "ACCESS_TOKEN_SCOPE_INSUFFICIENT"
    assert EDIT in answer.headers["WWW-Authenticate"]


@pytest.mark.parametrize(
    "changes",
    [
        {"account": {"regionCode": "DE"}},
        {"account": {"displayName": "Bakery"}},
        {"account": {"displayName": "Bakery", "regionCode": "Germany"}},
        {"redirectUri": "http://elsewhere.example/"},
        {"redirectUri": ""},
        {"displayName": "misplaced"},
        {"account": {"displayName": 1, "regionCode": "DE"}},
    ],
)
def test_a_bad_ticket_request_is_an_invalid_argument(
    product: Product, token: str, changes: dict[str, object]
) -> None:
    answer = product.ticket(token, **changes)
    assert (answer.status_code, answer.json()["error"]["status"]) == (400, "INVALID_ARGUMENT")


def test_the_return_address_may_be_free(
    emulator: EmulatorThread, product: Product, token: str
) -> None:
    emulator.state.limits.strict_ticket_redirect = False
    assert product.ticket(token, redirectUri="http://www.example.org").status_code == 200


def test_a_busy_service_says_when_to_come_back(product: Product, token: str) -> None:
    product.scenario("ticket-429", params={"retry_after": 41}, times=1)
    answer = product.ticket(token)
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "41")
    assert {"retryDelay": "41s"}.items() <= answer.json()["error"]["details"][1].items()
    product.scenario("ticket-503", times=1)
    assert product.ticket(token).status_code == 503
    assert product.ticket(token).status_code == 200


def test_both_versions_issue_tickets_of_128_bits_or_more(product: Product, token: str) -> None:
    body = {"account": {"displayName": "B", "regionCode": "DE"}, "redirectUri": RETURN}
    answer = product.call("POST", "/v1alpha/accounts:provisionAccountTicket", token, body)
    value = answer.json()["accountTicketId"].removeprefix("emu-ticket-")
    assert len(value) * 6 >= 128


def test_the_public_address_forwards_by_script_and_lists_without(
    product: Product, ada: Person, ticket: str
) -> None:
    page = ada.visit(f"{product.base_url}/analytics/web/?provisioningSignup=false")
    assert "location.hash" in page.html
    assert f"/analytics/web/terms/{ticket}" in page.html
    bob = requests.Session()
    bob.post(
        f"{product.base_url}/analytics/web/sign-in",
        {"email": "bob@gmail.example", "next": f"/analytics/web/terms/{ticket}"},
        timeout=TIMEOUT,
    )
    assert ticket not in bob.get(f"{product.base_url}/analytics/web/", timeout=TIMEOUT).text
