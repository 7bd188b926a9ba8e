"""API keys: tried at Google, sealed, checked by header, refused in words."""

import pytest
from django.utils.html import escape

from accounts.tenancy.scope import across_tenants
from tests.test_credentials.conftest import Desk
from tokens.api_keys.google import REFUSALS, SERVICE
from tokens.api_keys.models import ApiKey
from tokens.exchanges.models import Exchange


def add(desk: Desk, value: str, name: str = "Quota") -> str:
    return str(desk.post("credential-api-key-new", name=name, secret=value).content.decode())


def only() -> ApiKey:
    with across_tenants():
        return ApiKey.objects.get()


def test_a_key_that_works_is_sealed_and_shows_its_last_four(desk: Desk) -> None:
    value = desk.console("api-keys")["value"]
    page = add(desk, value)
    assert "Google accepts Quota" in page
    assert value[-4:] in page
    assert value not in page
    assert value not in only().secret.token


def test_the_key_travels_in_a_header_and_in_no_address_or_record(desk: Desk) -> None:
    value = desk.console("api-keys")["value"]
    add(desk, value)
    seen = desk.google.world.log.entries
    assert all(value not in f"{entry.path}{entry.query}" for entry in seen)
    with across_tenants():
        assert value not in repr(list(Exchange.objects.values()))


def test_an_unknown_key_is_refused_and_not_kept(desk: Desk) -> None:
    page = add(desk, "AIzaCanary" + "x" * 29)
    assert escape(REFUSALS["API_KEY_INVALID"]) in page
    assert "AIzaCanary" not in page
    with across_tenants():
        assert not ApiKey.objects.exists()


def test_what_is_no_key_is_not_sent_to_google(desk: Desk) -> None:
    assert "This is no API key" in add(desk, "hunter2")
    assert not desk.google.world.log.entries


@pytest.mark.parametrize(
    "reason",
    ["API_KEY_SERVICE_BLOCKED", "API_KEY_HTTP_REFERRER_BLOCKED", "API_KEY_IP_ADDRESS_BLOCKED"],
)
def test_a_key_that_is_restricted_later_is_explained(desk: Desk, reason: str) -> None:
    value = desk.console("api-keys")["value"]
    add(desk, value)
    desk.console("api-keys", value=value, blocked=reason)
    page = desk.post("credential-api-key-check", only().pk).content.decode()
    assert escape(REFUSALS[reason]) in page
    desk.console("api-keys", value=value)
    assert (
        "accepted it just now" in desk.post("credential-api-key-check", only().pk).content.decode()
    )
    assert only().problem == ""


def test_two_keys_do_not_share_a_name(desk: Desk) -> None:
    value = desk.console("api-keys")["value"]
    add(desk, value)
    assert "There is a key named Quota already" in add(desk, value)


def test_a_removed_key_is_gone(desk: Desk) -> None:
    add(desk, desk.console("api-keys")["value"])
    desk.post("credential-api-key-remove", only().pk)
    with across_tenants():
        assert not ApiKey.objects.exists()


def test_a_key_for_the_admin_api_alone_is_kept(desk: Desk) -> None:
    value = desk.console("api-keys", services=[SERVICE])["value"]
    assert "Google accepts Quota" in add(desk, value)
    page = desk.post("credential-api-key-check", only().pk).content.decode()
    assert "accepted it just now" in page


@pytest.mark.parametrize(
    "services",
    [["discovery.googleapis.com"], ["analytics.googleapis.com"], ["maps.googleapis.com"]],
)
def test_a_key_for_other_apis_is_refused_with_the_one_to_allow(
    desk: Desk, services: list[str]
) -> None:
    value = desk.console("api-keys", services=services)["value"]
    page = add(desk, value)
    assert "Allow the Google Analytics Admin API in Google Cloud" in page
    with across_tenants():
        assert not ApiKey.objects.exists()
        assert Exchange.objects.get().url.endswith("/$discovery/rest?version=v1beta")
