"""Consent: what the person sees, ticks and refuses, and what comes back."""

from __future__ import annotations

import pytest
import requests

from tests.emulator.person import Person, PersonBlocked
from tests.emulator.thread import EmulatorThread
from tests.test_emulator.product import (
    CALLBACK,
    CLIENT,
    EDIT,
    READONLY,
    TESTING,
    TIMEOUT,
    Product,
    answer_of,
)

BOTH = f"openid email {EDIT} {READONLY}"


def test_the_callback_carries_code_scope_state_and_issuer(product: Product, ada: Person) -> None:
    callback = ada.consent(product.authorize_url())
    answer = answer_of(callback)
    assert callback.startswith(CALLBACK + "?")
    assert answer["code"].startswith("4/0emu-")
    assert answer["state"] == "opaque/=&+ state"
    assert answer["iss"] == "https://accounts.google.com"
    assert answer["prompt"] == "consent"
    assert EDIT in answer["scope"].split()
    assert "hd" not in answer


def test_a_workspace_user_brings_the_domain(product: Product) -> None:
    ida = Person(product.base_url, "ida@workspace.example")
    assert answer_of(ida.consent(product.authorize_url()))["hd"] == "workspace.example"


def test_denial_comes_back_with_the_state(product: Product, ada: Person) -> None:
    answer = answer_of(ada.consent(product.authorize_url(), deny=True))
    assert answer == {"error": "access_denied", "state": "opaque/=&+ state"}


def test_a_person_may_tick_some_of_several_scopes(product: Product, ada: Person) -> None:
    callback = ada.consent(product.authorize_url(scope=BOTH), tick={READONLY})
    body = product.exchange(callback).json()
    assert set(body["scope"].split()) & {EDIT, READONLY} == {READONLY}


def test_a_person_may_tick_none_and_a_code_still_comes(product: Product, ada: Person) -> None:
    body = product.exchange(ada.consent(product.authorize_url(scope=BOTH), tick=())).json()
    assert EDIT not in body["scope"]
    assert "openid" in body["scope"].split()


def test_a_single_scope_is_all_or_nothing(product: Product, ada: Person) -> None:
    callback = ada.consent(product.authorize_url(), tick=())
    assert EDIT in answer_of(callback)["scope"]


def test_aliases_come_back_in_full(product: Product, ada: Person) -> None:
    scopes = answer_of(ada.consent(product.authorize_url(scope="email")))["scope"].split()
    assert set(scopes) == {"openid", "https://www.googleapis.com/auth/userinfo.email"}


def test_consent_is_shown_the_first_time_only(product: Product, ada: Person) -> None:
    url = product.authorize_url(prompt=None)
    assert answer_of(ada.consent(url))["prompt"] == "consent"
    again = ada.visit(url)
    assert again.location is not None
    assert answer_of(again.location)["prompt"] == "none"


def test_prompt_none_says_what_is_missing(product: Product, ada: Person) -> None:
    url = product.authorize_url(prompt="none")
    assert answer_of(ada.consent(url))["error"] == "login_required"
    ada.consent(product.authorize_url(scope="openid"))
    assert answer_of(ada.consent(url))["error"] == "consent_required"
    ada.consent(product.authorize_url())
    assert "code" in answer_of(ada.consent(url))


def test_select_account_always_shows_the_chooser(product: Product, ada: Person) -> None:
    ada.consent(product.authorize_url())
    page = ada.visit(product.authorize_url(prompt="select_account"))
    labels = [button.label for form in page.forms for button in form.buttons]
    assert "ada@gmail.example" in labels
    assert "bob@gmail.example" in labels


def test_a_hint_is_listed_first_and_hd_filters(product: Product, ada: Person) -> None:
    hinted = ada.visit(product.authorize_url(login_hint="bob@gmail.example"))
    assert hinted.forms[0].buttons[0].label == "bob@gmail.example"
    domain = ada.visit(product.authorize_url(hd="workspace.example"))
    assert [b.label for b in domain.forms[0].buttons] == ["ida@workspace.example"]


def test_incremental_consent_unites_scopes(product: Product, ada: Person) -> None:
    ada.consent(product.authorize_url(scope=f"openid {READONLY}"))
    url = product.authorize_url(scope=f"openid {EDIT}", include_granted_scopes="true")
    body = product.exchange(ada.consent(url)).json()
    assert {EDIT, READONLY} <= set(body["scope"].split())


@pytest.mark.parametrize(
    ("changes", "status", "error"),
    [
        ({"client_id": None}, 400, "invalid_request"),
        ({"client_id": "nobody"}, 401, "invalid_client"),
        ({"redirect_uri": None}, 400, "invalid_request"),
        ({"redirect_uri": CALLBACK.rstrip("/")}, 400, "redirect_uri_mismatch"),
        ({"response_type": None}, 400, "invalid_request"),
        ({"response_type": "token"}, 400, "unsupported_response_type"),
        ({"scope": None}, 400, "invalid_request"),
        ({"scope": "openid nonsense"}, 400, "invalid_scope"),
        ({"prompt": "none consent"}, 400, "invalid_request"),
        ({"code_challenge_method": "S512"}, 400, "invalid_request"),
    ],
)
def test_a_bad_request_is_a_page_and_never_a_redirect(
    product: Product, ada: Person, changes: dict[str, str | None], status: int, error: str
) -> None:
    page = ada.visit(product.authorize_url(**changes))
    assert (page.status, page.location) == (status, None)
    assert error in page.html


@pytest.mark.parametrize(
    ("scenario", "status", "error"),
    [
        ("bad-redirect", 400, "redirect_uri_mismatch"),
        ("unknown-client", 401, "invalid_client"),
        ("org-internal", 403, "org_internal"),
        ("admin-policy", 400, "admin_policy_enforced"),
        ("not-test-user", 403, "access_denied"),
    ],
)
def test_a_refused_person_sees_a_page(
    product: Product, ada: Person, scenario: str, status: int, error: str
) -> None:
    product.scenario(scenario)
    with pytest.raises(PersonBlocked) as blocked:
        ada.consent(product.authorize_url())
    assert blocked.value.status == status
    assert error in blocked.value.html


def test_testing_mode_admits_listed_people_only(product: Product, ada: Person) -> None:
    url = product.authorize_url(client_id=TESTING["client_id"])
    assert "code" in answer_of(ada.consent(url))
    with pytest.raises(PersonBlocked):
        Person(product.base_url, "bob@gmail.example").consent(url)


def test_an_internal_app_admits_its_organisation_only(
    emulator: EmulatorThread, product: Product, ada: Person
) -> None:
    emulator.state.clients[CLIENT["client_id"]].internal_domain = "workspace.example"
    ida = Person(product.base_url, "ida@workspace.example")
    assert product.exchange(ida.consent(product.authorize_url())).status_code == 200
    with pytest.raises(PersonBlocked) as blocked:
        ada.consent(product.authorize_url())
    assert "org_internal" in blocked.value.html


@pytest.mark.parametrize("status", ["deleted", "disabled"])
def test_a_client_that_is_gone_is_a_page(
    emulator: EmulatorThread, product: Product, ada: Person, status: str
) -> None:
    emulator.state.clients[TESTING["client_id"]].status = status
    page = ada.visit(product.authorize_url(client_id=TESTING["client_id"]))
    assert (page.status, f"{status}_client" in page.html) == (401, True)


@pytest.mark.parametrize(
    ("scenario", "granted"),
    [("consent-all", {EDIT, READONLY}), ("consent-partial", {EDIT}), ("consent-none", set())],
)
def test_scenarios_answer_consent_for_the_person(
    product: Product, ada: Person, scenario: str, granted: set[str]
) -> None:
    product.scenario(scenario, scope={"user": "ada@gmail.example"})
    callback = ada.consent(product.authorize_url(scope=BOTH), tick={EDIT, READONLY})
    body = product.exchange(callback).json()
    assert set(body["scope"].split()) & {EDIT, READONLY} == granted


def test_the_deny_scenario_turns_continue_into_cancel(product: Product, ada: Person) -> None:
    product.scenario("deny", times=1)
    assert answer_of(ada.consent(product.authorize_url()))["error"] == "access_denied"
    assert "code" in answer_of(ada.consent(product.authorize_url()))


def test_callback_scenarios_spoil_the_callback(product: Product, ada: Person) -> None:
    product.scenario("callback-wrong-iss")
    product.scenario("callback-extra-params")
    answer = answer_of(ada.consent(product.authorize_url()))
    assert answer["iss"] == "https://issuer.example"
    assert "emu_unheard_of" in answer


def test_the_older_address_serves_too(product: Product) -> None:
    url = product.authorize_url().replace("/o/oauth2/v2/auth", "/o/oauth2/auth")
    assert requests.get(url, timeout=TIMEOUT).status_code == 200
