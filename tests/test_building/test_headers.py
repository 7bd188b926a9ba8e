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
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert answer["Cache-Control"] == "no-store"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Referrer-Policy"] == "same-origin"


def test_addresses_that_google_returns_to_send_no_referrer(db: None) -> None:
    for path in ("/google/callback/", "/google/terms/"):
        assert Client().get(path)["Referrer-Policy"] == "no-referrer"
