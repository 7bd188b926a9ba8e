"""The address in the audit record is the client's, and no header can forge it."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.audit.models.event import AuditEvent
from accounts.tenancy.scope import across_tenants
from tests.cast import Cast, signed_in

pytestmark = pytest.mark.django_db
CLIENT, PROXY = "203.0.113.9", "10.0.0.1"


def recorded(browser: Client, **headers: str) -> str | None:
    browser.post(reverse("tenant-new"), {"name": "Here"}, headers=headers, REMOTE_ADDR=PROXY)
    with across_tenants():
        return AuditEvent.objects.filter(tag="accounts:tenant:created", ip__isnull=False).get().ip


@pytest.mark.parametrize(
    ("count", "header", "expected"),
    [
        (0, CLIENT, PROXY),
        (1, CLIENT, CLIENT),
        (1, f"6.6.6.6, {CLIENT}", CLIENT),
        (2, f"6.6.6.6, {CLIENT}, 10.0.0.2", CLIENT),
        (2, CLIENT, PROXY),
        (1, "nonsense", PROXY),
        (1, "2001:db8::1", "2001:db8::1"),
    ],
)
def test_the_entry_of_our_outermost_proxy_counts(
    cast: Cast, settings: Any, count: int, header: str, expected: str
) -> None:
    settings.TRUSTED_PROXY_COUNT = count
    assert recorded(signed_in(cast.owner), **{"X-Forwarded-For": header}) == expected
