"""Id tokens, keys, token and user information, revocation."""

from __future__ import annotations

from typing import Any

import jwt
import pytest
import requests
from google.auth.exceptions import GoogleAuthError
from google.auth.transport.requests import Request
from google.oauth2 import id_token

from tests.emulator.person import Person
from tests.test_emulator.product import CLIENT, EDIT, SIBLING, TIMEOUT, Product

AUDIENCE = CLIENT["client_id"]


def verify(product: Product, token: str) -> Any:
    certs = f"{product.base_url}/oauth2/v1/certs"
    return id_token.verify_token(
        token, Request(), audience=AUDIENCE, certs_url=certs, clock_skew_in_seconds=10
    )


def get(product: Product, path: str, **params: str) -> requests.Response:
    return requests.get(product.base_url + path, params=params, timeout=TIMEOUT)


def test_googles_own_library_verifies_the_id_token(product: Product, ada: Person) -> None:
    claims = verify(product, product.connect(ada, nonce="n-1")["id_token"])
    assert claims["iss"] == "https://accounts.google.com"
    assert (claims["aud"], claims["azp"]) == (AUDIENCE, AUDIENCE)
    assert claims["email"] == "ada@gmail.example"
    assert claims["email_verified"] is True
    assert claims["nonce"] == "n-1"
    assert claims["name"] == "Ada Example"
    assert claims["exp"] == claims["iat"] + 3600
    assert claims["at_hash"]


def test_the_key_set_verifies_it_too(product: Product, ada: Person) -> None:
    token = product.connect(ada)["id_token"]
    keys = jwt.PyJWKSet.from_dict(get(product, "/oauth2/v3/certs").json())
    kid = jwt.get_unverified_header(token)["kid"]
    assert jwt.decode(token, keys[kid], algorithms=["RS256"], audience=AUDIENCE)["sub"]


@pytest.mark.parametrize("scenario", ["wrong-aud", "future-iat", "bad-signature"])
def test_a_spoilt_id_token_does_not_verify(product: Product, ada: Person, scenario: str) -> None:
    product.scenario(scenario)
    token = product.connect(ada)["id_token"]
    with pytest.raises((GoogleAuthError, ValueError)):
        verify(product, token)


def test_issuer_and_nonce_can_be_wrong(product: Product, ada: Person) -> None:
    product.scenario("wrong-iss")
    product.scenario("wrong-nonce")
    claims = verify(product, product.connect(ada, nonce="n-1")["id_token"])
    assert claims["iss"] == "https://issuer.example"
    assert claims["nonce"] != "n-1"


def test_keys_rotate_and_the_old_one_can_be_withdrawn(product: Product, ada: Person) -> None:
    old = product.connect(ada)["id_token"]
    product.scenario("key-rotation", times=1)
    new = product.connect(ada)["id_token"]
    assert verify(product, old)["sub"] == verify(product, new)["sub"]
    product.control("POST", "rotate-keys", {"drop_old": True})
    with pytest.raises((GoogleAuthError, ValueError)):
        verify(product, new)


def test_discovery_points_to_this_host(product: Product) -> None:
    body = get(product, "/.well-known/openid-configuration").json()
    assert body["issuer"] == "https://accounts.google.com"
    assert body["token_endpoint"] == f"{product.base_url}/token"


def test_tokeninfo_answers_in_strings(product: Product, ada: Person) -> None:
    body = product.connect(ada)
    info = get(product, "/tokeninfo", access_token=body["access_token"]).json()
    assert all(isinstance(value, str) for value in info.values())
    assert (info["aud"], info["access_type"], info["email_verified"]) == (
        AUDIENCE,
        "offline",
        "true",
    )
    claims = get(product, "/tokeninfo", id_token=body["id_token"]).json()
    assert claims["email"] == "ada@gmail.example"


def test_tokeninfo_refuses_what_it_does_not_know(product: Product) -> None:
    for params in ({"access_token": "ya29.emu-x"}, {"id_token": "a.b.c"}):
        answer = get(product, "/tokeninfo", **params)
        assert answer.status_code == 400
        assert answer.json() == {"error": "invalid_token", "error_description": "Invalid Value"}


def test_userinfo_shows_what_the_scopes_allow(product: Product, ada: Person) -> None:
    token = product.connect(ada)["access_token"]
    old = product.call("GET", "/oauth2/v2/userinfo", token).json()
    assert (old["email"], old["verified_email"]) == ("ada@gmail.example", True)
    new = product.call("GET", "/oauth2/v3/userinfo", token).json()
    assert new["sub"] == old["id"]
    bare = product.connect(ada, scope=EDIT)["access_token"]
    assert product.call("GET", "/v1/userinfo", bare).status_code == 403


def test_revoking_ends_every_client_of_the_project(product: Product, ada: Person) -> None:
    mine, theirs = product.connect(ada), product.connect(ada, SIBLING)
    other = product.connect(Person(product.base_url, "bob@gmail.example"))
    url = f"{product.base_url}/revoke"
    first = requests.post(url, {"token": mine["access_token"]}, timeout=TIMEOUT)
    assert (first.status_code, first.json()) == (200, {})
    assert product.refresh(mine["refresh_token"]).status_code == 400
    assert product.refresh(theirs["refresh_token"], **SIBLING).status_code == 400
    assert product.call("GET", "/v1/userinfo", theirs["access_token"]).status_code == 401
    assert product.refresh(other["refresh_token"]).status_code == 200
    second = requests.post(url, params={"token": mine["refresh_token"]}, timeout=TIMEOUT)
    assert (second.status_code, second.json()["error"]) == (400, "invalid_token")


def test_a_revocation_can_take_its_time(product: Product, ada: Person) -> None:
    product.scenario("revoke-delayed", params={"seconds": 60})
    token = product.connect(ada)["refresh_token"]
    requests.post(f"{product.base_url}/revoke", {"token": token}, timeout=TIMEOUT)
    assert product.refresh(token).status_code == 200
    product.control("POST", "clock", {"advance_seconds": 61})
    assert product.refresh(token).status_code == 400


def test_consent_is_asked_again_after_a_revocation(product: Product, ada: Person) -> None:
    body = product.connect(ada)
    requests.post(f"{product.base_url}/revoke", {"token": body["refresh_token"]}, timeout=TIMEOUT)
    assert "refresh_token" in product.connect(ada, prompt="select_account")
