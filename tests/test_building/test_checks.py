"""Dangerous settings stop the start with a sentence."""

from typing import Any

import pytest

from portal.checks import settings as checks


def test_talking_to_anybody_but_google_is_refused_unless_allowed(settings: Any) -> None:
    settings.GOOGLE_ALLOW_OTHER_HOSTS = False
    named = {str(one.msg).partition(" ")[0] for one in checks.google_is_google()}
    local = {
        name
        for name in dir(settings)
        if name.startswith("GOOGLE_") and str(getattr(settings, name)).startswith("http://127.")
    }
    assert "GOOGLE_TOKEN_URL" in named
    assert local - {"GOOGLE_TOS_ORIGIN"} <= named
    settings.GOOGLE_ALLOW_OTHER_HOSTS = True
    assert checks.google_is_google() == []


@pytest.mark.parametrize(
    "url",
    [
        "http://oauth2.googleapis.com/token",
        "https://oauth2.googleapis.com.evil.example/token",
        "https://evilgoogleapis.com/token",
        "https://evil.example/?oauth2.googleapis.com",
    ],
)
def test_what_only_looks_like_google_is_not_google(url: str) -> None:
    assert not checks._is_google(url)


def test_a_private_cache_is_pointed_out(settings: Any) -> None:
    assert [one.id for one in checks.cache_is_shared()] == ["portal.W001"]


def test_plain_http_is_refused_for_production(settings: Any) -> None:
    assert [one.id for one in checks.redirects_are_https()] == ["portal.E004"]
    settings.BASE_URL = "https://portal.example"
    assert checks.redirects_are_https() == []
