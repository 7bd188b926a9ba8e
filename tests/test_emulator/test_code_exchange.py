"""The authorization_code grant: what it gives and every way it refuses."""

from __future__ import annotations

import base64
import hashlib

import pytest
import requests

from tests.emulator.person import Person
from tests.emulator.thread import EmulatorThread
from tests.test_emulator.product import CALLBACK, CLIENT, SIBLING, TIMEOUT, Product, answer_of

VERIFIER = "v" * 50
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=")


def refused(answer: requests.Response, status: int = 400) -> tuple[str, str]:
    assert answer.status_code == status, answer.text
    body = answer.json()
    return body["error"], body["error_description"]


def test_the_answer_has_the_documented_fields(product: Product, ada: Person) -> None:
    body = product.connect(ada)
    assert body["access_token"].startswith("ya29.emu-")
    assert body["refresh_token"].startswith("1//emu-")
    assert (body["expires_in"], body["token_type"]) == (3599, "Bearer")
    assert "refresh_token_expires_in" not in body


@pytest.mark.parametrize("path", ["/oauth2/v4/token", "/o/oauth2/token"])
def test_older_addresses_and_basic_authentication_serve_too(
    product: Product, ada: Person, path: str
) -> None:
    code = answer_of(ada.consent(product.authorize_url()))["code"]
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK}
    basic = (CLIENT["client_id"], CLIENT["client_secret"])
    answer = requests.post(product.base_url + path, form, auth=basic, timeout=TIMEOUT)
    assert answer.status_code == 200


def test_no_refresh_token_without_offline_access(product: Product, ada: Person) -> None:
    assert "refresh_token" not in product.connect(ada, access_type="online")


def test_no_refresh_token_without_a_consent_screen(product: Product, ada: Person) -> None:
    assert "refresh_token" in product.connect(ada, prompt="select_account")
    assert "refresh_token" not in product.connect(ada, prompt="select_account")


def test_a_code_works_once_and_a_replay_ends_what_it_gave(product: Product, ada: Person) -> None:
    callback = ada.consent(product.authorize_url())
    first = product.exchange(callback).json()
    assert refused(product.exchange(callback)) == ("invalid_grant", "Bad Request")
    dead = refused(product.refresh(first["refresh_token"]))
    assert dead == ("invalid_grant", "Token has been expired or revoked.")


def test_a_code_is_too_old_after_ten_minutes(product: Product, ada: Person) -> None:
    callback = ada.consent(product.authorize_url())
    product.control("POST", "clock", {"advance_seconds": 601})
    assert refused(product.exchange(callback)) == ("invalid_grant", "Bad Request")


def test_a_code_is_for_its_own_client(product: Product, ada: Person) -> None:
    callback = ada.consent(product.authorize_url())
    assert refused(product.exchange(callback, **SIBLING)) == ("invalid_grant", "Bad Request")


def test_a_garbled_code_is_malformed(product: Product, ada: Person) -> None:
    form = {"grant_type": "authorization_code", "redirect_uri": CALLBACK}
    answer = product.post_token(code="4%2F0emu-x", **form)
    assert refused(answer) == ("invalid_grant", "Malformed auth code.")
    assert refused(product.post_token(code="4/0emu-x", **form)) == ("invalid_grant", "Bad Request")


def test_a_missing_code_or_grant_type_is_named(product: Product) -> None:
    missing = refused(product.post_token(grant_type="authorization_code"))
    assert missing == ("invalid_request", "Missing required parameter: code")
    assert refused(product.post_token())[0] == "invalid_request"


def test_an_unknown_grant_type_is_refused(product: Product) -> None:
    answer = refused(product.post_token(grant_type="password"))
    assert answer == ("unsupported_grant_type", "Invalid grant_type: password")


def test_the_exchange_needs_the_same_redirect_address(product: Product, ada: Person) -> None:
    callback = ada.consent(product.authorize_url())
    answer = product.exchange(callback, redirect_uri=CALLBACK + "?x")
    assert refused(answer) == ("redirect_uri_mismatch", "Bad Request")


@pytest.mark.parametrize(
    ("method", "challenge"), [("S256", CHALLENGE.decode()), ("plain", VERIFIER), (None, VERIFIER)]
)
def test_pkce_is_verified(
    product: Product, ada: Person, method: str | None, challenge: str
) -> None:
    url = product.authorize_url(code_challenge=challenge, code_challenge_method=method)
    callback = ada.consent(url)
    missing = refused(product.exchange(callback))
    assert missing == ("invalid_grant", "Missing code verifier.")
    wrong = refused(product.exchange(callback, code_verifier="w" * 50))
    assert wrong == ("invalid_grant", "Invalid code verifier.")
    assert product.exchange(callback, code_verifier=VERIFIER).status_code == 200


@pytest.mark.parametrize(
    ("client_id", "secret", "error", "text"),
    [
        (CLIENT["client_id"], "wrong", "invalid_client", "Unauthorized"),
        ("nobody", "wrong", "invalid_client", "The OAuth client was not found."),
    ],
)
def test_a_wrong_client_is_401(
    product: Product, client_id: str, secret: str, error: str, text: str
) -> None:
    answer = product.post_token(
        client_id=client_id, client_secret=secret, grant_type="refresh_token"
    )
    assert refused(answer, 401) == (error, text)


@pytest.mark.parametrize("status", ["deleted", "disabled"])
def test_a_client_that_is_gone_is_401(
    emulator: EmulatorThread, product: Product, status: str
) -> None:
    emulator.state.clients[CLIENT["client_id"]].status = status
    answer = product.post_token(grant_type="refresh_token", refresh_token="1//emu-x")
    assert refused(answer, 401) == (f"{status}_client", f"The OAuth client was {status}.")


@pytest.mark.parametrize(
    ("scenario", "status", "error", "text"),
    [
        ("code-replay", 400, "invalid_grant", "Bad Request"),
        ("code-expired", 400, "invalid_grant", "Bad Request"),
        ("code-other-client", 400, "invalid_grant", "Bad Request"),
        ("redirect-differs", 400, "redirect_uri_mismatch", "Bad Request"),
        ("pkce-missing", 400, "invalid_grant", "Missing code verifier."),
        ("pkce-wrong", 400, "invalid_grant", "Invalid code verifier."),
        ("account-deleted", 400, "invalid_grant", "Account has been deleted"),
        ("client-secret-rotated", 401, "invalid_client", "Unauthorized"),
        ("client-deleted", 401, "deleted_client", "The OAuth client was deleted."),
    ],
)
def test_scenarios_refuse_the_exchange(
    product: Product, ada: Person, scenario: str, status: int, error: str, text: str
) -> None:
    callback = ada.consent(product.authorize_url())
    assert refused(product.exchange(callback, scenario=scenario), status) == (error, text)
    assert product.exchange(callback).status_code == 200


def test_a_scenario_can_withhold_the_refresh_token(product: Product, ada: Person) -> None:
    product.scenario("no-refresh-token")
    assert "refresh_token" not in product.connect(ada)
