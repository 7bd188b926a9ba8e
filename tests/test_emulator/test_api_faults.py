"""Faults of the Admin API, and the writes they hide."""

from __future__ import annotations

from typing import Any

import pytest
import requests
from google.auth.exceptions import RefreshError
from googleapiclient.errors import HttpError

from tests.emulator.person import Person
from tests.test_emulator.product import Product, google_client

PATH = "/v1beta/accounts"


@pytest.fixture
def granted(product: Product, ada: Person) -> Any:
    return product.connect(ada)


def count(product: Product, query: str) -> int:
    return int(product.control("GET", f"count?{query}")["count"])


def test_one_401_is_cured_by_a_refresh(product: Product, granted: Any) -> None:
    product.scenario("api-401-once")
    with google_client(product, granted) as service:
        assert service.accounts().list().execute() == {}
    assert count(product, "path=/token&grant_type=refresh_token") == 1
    assert count(product, f"path={PATH}") == 2


def test_401_for_ever_is_seen_three_times(product: Product, granted: Any) -> None:
    product.scenario("api-401-always")
    with google_client(product, granted) as service, pytest.raises(HttpError, match="401"):
        service.accounts().list().execute()
    assert count(product, f"path={PATH}&status=401") == 3


def test_a_dead_grant_ends_googles_client_with_invalid_grant(
    product: Product, granted: Any
) -> None:
    product.control("POST", "revoke-grant", {"email": "ada@gmail.example"})
    refused = pytest.raises(RefreshError, match="invalid_grant")
    with google_client(product, granted) as service, refused:
        service.accounts().list().execute()


@pytest.mark.parametrize(
    ("scenario", "status", "word"),
    [
        ("service-disabled", 403, "SERVICE_DISABLED"),
        ("entity-403", 403, "PERMISSION_DENIED"),
        ("rate-limit-403", 403, "rateLimitExceeded"),
        ("rate-limit-429", 429, "RetryInfo"),
        ("api-500", 500, "INTERNAL"),
        ("api-503", 503, "UNAVAILABLE"),
        ("html-502", 502, "<title>"),
    ],
)
def test_errors_look_like_googles(
    product: Product, granted: Any, scenario: str, status: int, word: str
) -> None:
    header = {"X-Emu-Scenario": scenario}
    answer = product.call("GET", PATH, granted["access_token"], **header)
    assert answer.status_code == status
    assert word in answer.text
    assert product.call("GET", PATH, granted["access_token"]).status_code == 200


def make_property(product: Product, token: str) -> requests.Response:
    account = product.control("POST", "accounts", {"email": "ada@gmail.example"})["accounts"][0]
    body = {"parent": f"accounts/{account}", "displayName": "Shop", "timeZone": "Etc/UTC"}
    return product.call("POST", "/v1beta/properties", token, body)


def test_a_property_survives_the_stream_that_failed(product: Product, granted: Any) -> None:
    token = granted["access_token"]
    product.scenario("property-503", times=1)
    assert make_property(product, token).status_code == 503
    prop = make_property(product, token).json()
    product.scenario("stream-503", times=2)
    body = {"type": "WEB_DATA_STREAM", "displayName": "Site", "webStreamData": {}}
    path = f"/v1beta/{prop['name']}/dataStreams"
    statuses = [product.call("POST", path, token, body).status_code for _ in range(3)]
    assert statuses == [503, 503, 200]
    listed = product.call("GET", f"/v1beta/properties?filter=parent:{prop['parent']}", token)
    assert len(listed.json()["properties"]) == 1


def test_a_write_may_happen_and_its_answer_be_lost(product: Product, granted: Any) -> None:
    product.scenario("write-applied-then-timeout", times=1, params={"seconds": 0.05})
    with pytest.raises(requests.ConnectionError):
        make_property(product, granted["access_token"])
    tree = product.control("GET", "state")["properties"]
    assert len(tree) == 1


def test_the_connection_may_be_reset(product: Product, granted: Any) -> None:
    product.scenario("connection-reset", times=1)
    with pytest.raises(requests.ConnectionError):
        product.call("GET", PATH, granted["access_token"])


def test_a_scenario_for_one_user_spares_the_others(product: Product, granted: Any) -> None:
    product.scenario("api-503", scope={"user": "bob@gmail.example"})
    bob = product.connect(Person(product.base_url, "bob@gmail.example"))
    assert product.call("GET", PATH, granted["access_token"]).status_code == 200
    assert product.call("GET", PATH, bob["access_token"]).status_code == 503


def test_front_end_faults_find_their_user_too(product: Product, granted: Any) -> None:
    product.scenario("html-502", scope={"user": "ada@gmail.example"})
    bob = product.connect(Person(product.base_url, "bob@gmail.example"))
    assert product.call("GET", PATH, granted["access_token"]).status_code == 502
    assert product.refresh(granted["refresh_token"]).status_code == 502
    assert product.call("GET", PATH, bob["access_token"]).status_code == 200
    assert product.refresh(bob["refresh_token"]).status_code == 200
