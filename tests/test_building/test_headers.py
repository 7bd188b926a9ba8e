"""Headers: strict content policy, nothing cached, nothing leaked to other sites."""

import pytest
from django.test import Client

from tests.cast import Cast


@pytest.mark.parametrize("path", ["", "requests/", "requests/new/", "connections/"])
def test_pages_of_a_tenant_run_no_foreign_script_and_are_not_stored(
    owner_browser: Client, cast: Cast, path: str
) -> None:
    answer = owner_browser.get(f"/t/{cast.tenant.slug}/{path}")
    policy = answer["Content-Security-Policy"]
    directives = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    assert directives["default-src"] == "'none'"
    assert directives["script-src"] == directives["style-src"] == "'self'"
    assert directives["frame-ancestors"] == "'none'"
    assert "unsafe" not in policy
    assert answer["Cache-Control"] == "no-store"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Referrer-Policy"] == "same-origin"


def test_addresses_that_google_returns_to_send_no_referrer(db: None) -> None:
    for path in ("/google/callback/", "/google/terms/"):
        answer = Client().get(path)
        assert answer["Referrer-Policy"] == "no-referrer"
        assert answer["Cache-Control"] == "no-store"


def test_reconnect_links_are_not_stored_nor_told_to_other_sites(db: None) -> None:
    answer = Client().get("/reconnect/token/")
    assert answer["Referrer-Policy"] == "same-origin"
    assert answer["Cache-Control"] == "no-store"
