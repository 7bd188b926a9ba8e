"""The refresh_token grant: life, limits and death of refresh tokens."""

from __future__ import annotations

import pytest
import requests

from tests.emulator.person import Person
from tests.emulator.thread import EmulatorThread
from tests.test_emulator.product import EDIT, READONLY, SIBLING, TESTING, Product

DAY = 86400
DEAD = ("invalid_grant", "Token has been expired or revoked.")


def refused(answer: requests.Response, status: int = 400) -> tuple[str, str]:
    assert answer.status_code == status, answer.text
    return answer.json()["error"], answer.json()["error_description"]


def test_a_refresh_gives_an_access_token_and_no_refresh_token(
    product: Product, ada: Person
) -> None:
    body = product.refresh(product.connect(ada)["refresh_token"]).json()
    assert set(body) == {"access_token", "expires_in", "scope", "token_type", "id_token"}


def test_a_refresh_may_ask_for_fewer_scopes_and_never_for_more(
    product: Product, ada: Person
) -> None:
    token = product.connect(ada)["refresh_token"]
    assert product.refresh(token, scope=EDIT).json()["scope"] == EDIT
    refusal = refused(product.refresh(token, scope=f"{EDIT} {READONLY}"))
    assert refusal == ("invalid_scope", "Bad Request")


def test_unknown_and_missing_tokens_are_told_apart(product: Product) -> None:
    assert refused(product.refresh("1//emu-unknown")) == DEAD
    assert refused(product.refresh("garbage")) == ("invalid_grant", "Bad Request")
    missing = refused(product.post_token(grant_type="refresh_token"))
    assert missing == ("invalid_request", "Missing required parameter: refresh_token")


def test_a_token_is_for_its_own_client(product: Product, ada: Person) -> None:
    token = product.connect(ada)["refresh_token"]
    refusal = refused(product.refresh(token, **SIBLING), 401)
    assert refusal == ("unauthorized_client", "Unauthorized")


def test_beyond_the_limit_the_oldest_tokens_die_in_order(product: Product, ada: Person) -> None:
    answers = [product.connect(ada) for _ in range(5)]
    statuses = [product.refresh(a["refresh_token"]).status_code for a in answers]
    assert statuses == [400, 400, 200, 200, 200]
    assert refused(product.refresh(answers[0]["refresh_token"])) == DEAD
    info = product.call("GET", "/v1/userinfo", answers[0]["access_token"])
    assert info.status_code == 200, "access tokens of an evicted token live on"


def test_the_limit_counts_per_client_and_user(product: Product, ada: Person) -> None:
    first = product.connect(ada)["refresh_token"]
    for _ in range(3):
        product.connect(ada, SIBLING)
        product.connect(Person(product.base_url, "bob@gmail.example"))
    assert product.refresh(first).status_code == 200


def test_the_limit_can_be_set_by_scenario(product: Product, ada: Person) -> None:
    first = product.connect(ada)["refresh_token"]
    product.scenario("rt-limit", params={"limit": 1})
    product.connect(ada)
    assert refused(product.refresh(first)) == DEAD


def test_a_token_dies_after_six_idle_months_unless_used(product: Product, ada: Person) -> None:
    token = product.connect(ada)["refresh_token"]
    for _ in range(2):
        product.control("POST", "clock", {"advance_seconds": 150 * DAY})
        assert product.refresh(token).status_code == 200
    product.control("POST", "clock", {"advance_seconds": 183 * DAY})
    assert refused(product.refresh(token)) == DEAD


def test_testing_mode_ends_after_seven_days_and_says_so(product: Product, ada: Person) -> None:
    body = product.connect(ada, TESTING)
    assert body["refresh_token_expires_in"] == 604799
    product.control("POST", "clock", {"advance_seconds": 7 * DAY + 1})
    assert refused(product.refresh(body["refresh_token"], **TESTING)) == DEAD


def test_testing_mode_spares_sign_in_only(product: Product, ada: Person) -> None:
    body = product.connect(ada, TESTING, scope="openid email")
    product.control("POST", "clock", {"advance_seconds": 30 * DAY})
    assert product.refresh(body["refresh_token"], **TESTING).status_code == 200


@pytest.mark.parametrize(
    ("status", "text"), [("deleted", "Account has been deleted"), ("disabled", "Account disabled")]
)
def test_a_google_account_can_go_away(
    emulator: EmulatorThread, product: Product, ada: Person, status: str, text: str
) -> None:
    token = product.connect(ada)["refresh_token"]
    user = emulator.state.user_by_email("ada@gmail.example")
    assert user is not None
    user.status = status
    assert refused(product.refresh(token)) == ("invalid_grant", text)


@pytest.mark.parametrize("scenario", ["rt-idle-6mo", "rt-testing-7d", "rt-revoked-by-user"])
def test_a_token_killed_by_scenario_stays_dead(
    product: Product, ada: Person, scenario: str
) -> None:
    token = product.connect(ada)["refresh_token"]
    assert refused(product.refresh(token, scenario=scenario)) == DEAD
    assert refused(product.refresh(token)) == DEAD


@pytest.mark.parametrize(
    ("scenario", "status", "error"),
    [
        ("account-deleted", 400, "invalid_grant"),
        ("account-disabled", 400, "invalid_grant"),
        ("client-disabled", 401, "disabled_client"),
        ("unauthorized-client", 401, "unauthorized_client"),
        ("org-internal", 403, "org_internal"),
        ("admin-policy", 400, "admin_policy_enforced"),
        ("token-access-denied", 400, "access_denied"),
        ("internal_failure", 400, "internal_failure"),
        ("token-429", 429, "rate_limit_exceeded"),
        ("token-500-once", 500, "server_error"),
    ],
)
def test_scenarios_refuse_one_refresh(
    product: Product, ada: Person, scenario: str, status: int, error: str
) -> None:
    token = product.connect(ada)["refresh_token"]
    assert refused(product.refresh(token, scenario=scenario), status)[0] == error
    assert product.refresh(token).status_code == 200


def test_session_control_has_a_subtype(product: Product, ada: Person) -> None:
    product.scenario("rt-rapt", scope={"user": "ada@gmail.example"})
    body = product.refresh(product.connect(ada)["refresh_token"]).json()
    assert body["error_subtype"] == "invalid_rapt"
    assert body["error_uri"].startswith("https://support.google.com/")


def test_time_based_access_announces_its_end(product: Product, ada: Person) -> None:
    product.scenario("rt-time-based", params={"expires_in": 100}, times=1)
    body = product.connect(ada)
    assert body["refresh_token_expires_in"] == 100
    product.control("POST", "clock", {"advance_seconds": 101})
    assert refused(product.refresh(body["refresh_token"])) == DEAD


def test_rotation_replaces_the_token(product: Product, ada: Person) -> None:
    old = product.connect(ada)["refresh_token"]
    new = product.refresh(old, scenario="rotate-rt").json()["refresh_token"]
    assert new != old
    assert product.refresh(new).status_code == 200
    assert refused(product.refresh(old)) == DEAD


def test_short_lived_tokens_expire_by_the_clock(product: Product, ada: Person) -> None:
    product.scenario("short-lived")
    body = product.connect(ada)
    assert body["expires_in"] == 5
    product.control("POST", "clock", {"advance_seconds": 6})
    assert product.call("GET", "/v1/userinfo", body["access_token"]).status_code == 401


def test_a_person_can_remove_the_app(product: Product, ada: Person) -> None:
    token = product.connect(ada)["refresh_token"]
    answer = product.control("POST", "revoke-grant", {"email": "ada@gmail.example"})
    assert answer == {"refresh_tokens_ended": 1}
    assert refused(product.refresh(token)) == DEAD
