"""Addresses that Google returns to are compared exactly, and told where to register."""

import json
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from portal.checks.redirect_uris import returns_are_registered
from tests.cast import Cast

RIGHT = ["http://testserver/google/callback/", "http://testserver/google/terms/"]


def give(settings: Settings, folder: Path, uris: list[str]) -> None:
    settings.GOOGLE_CLIENT_FILE = str(folder / "client.json")
    Path(settings.GOOGLE_CLIENT_FILE).write_text(json.dumps({"web": {"redirect_uris": uris}}))


def test_without_a_client_file_nothing_is_said() -> None:
    assert returns_are_registered() == []


def test_the_very_values_are_fine(settings: Settings, tmp_path: Path) -> None:
    give(settings, tmp_path, RIGHT)
    assert returns_are_registered() == []


@pytest.mark.parametrize(
    ("uri", "difference"),
    [
        ("http://testserver/google/terms", "the trailing slash"),
        ("http://testserver/Google/terms/", "upper and lower case"),
        ("https://testserver/google/terms/", "http and https"),
        ("https://testserver/Google/terms", "more than one of scheme, case and trailing slash"),
    ],
)
def test_a_near_miss_is_named(
    settings: Settings, tmp_path: Path, uri: str, difference: str
) -> None:
    give(settings, tmp_path, [RIGHT[0], uri])
    (found,) = returns_are_registered()
    assert found.id == "portal.W004"
    assert found.msg == (
        "http://testserver/google/terms/ is not registered at Google. "
        f"{uri} is registered, which differs in {difference}."
    )


def test_a_file_of_something_else_is_named(settings: Settings, tmp_path: Path) -> None:
    settings.GOOGLE_CLIENT_FILE = str(tmp_path / "client.json")
    assert [found.id for found in returns_are_registered()] == ["portal.W003"]
    (tmp_path / "client.json").write_text('{"installed": {}}')
    assert [found.id for found in returns_are_registered()] == ["portal.W003"]


def test_the_settings_page_shows_the_exact_values_to_register(
    owner_browser: Client, cast: Cast
) -> None:
    page = owner_browser.get(reverse("provisioning-settings", args=[cast.tenant.slug]))
    text = page.content.decode()
    assert all(uri in text for uri in RIGHT)
