"""Staff at the page of the portal's own OAuth client, and what they upload there."""

import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from accounts.audit.models.event import AuditEvent
from accounts.tenancy.scope import across_tenants
from tests.test_credentials.conftest import Desk
from tests.test_credentials.consoles import client_file
from tests.test_staff.conftest import StaffIn
from tests.test_staff.conftest import staff_in as staff_in  # noqa: PLC0414  # a fixture by name
from tokens.clients.models.client import PortalSecret
from tokens.google.client import forget_proven

HOME = "admin:portal-client"


def send(browser: Client, page: str, *args: Any, **data: Any) -> str:
    """Send a form of staff; the page that comes back."""
    address = reverse(f"{HOME}{page}", args=args)
    answer = browser.post(address, {"reason": "the canary's reason"} | data, follow=True)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def upload(browser: Client, content: Any, page: str = "-new", *args: Any, **data: Any) -> str:
    raw = json.dumps(content).encode() if isinstance(content, dict) else content
    return send(browser, page, *args, file=SimpleUploadedFile("client_secret.json", raw), **data)


def look(browser: Client, page: str = "", *args: Any) -> str:
    return " ".join(browser.get(reverse(f"{HOME}{page}", args=args)).content.decode().split())


def rows() -> list[PortalSecret]:
    return list(PortalSecret.objects.select_related("client"))


def acts() -> list[str]:
    with across_tenants():
        found = AuditEvent.objects.filter(tag__startswith="tokens:client:").order_by("created_at")
        return [tag.rpartition(":")[2] for tag in found.values_list("tag", flat=True)]


@pytest.fixture
def _nothing_proven() -> None:
    forget_proven()


@pytest.fixture
def _no_environment(settings: Settings) -> None:
    """The environment names no client."""
    settings.GOOGLE_CLIENT_ID = settings.GOOGLE_CLIENT_SECRET = ""
    settings.GOOGLE_CLIENT_NAMED_BY = ""


@pytest.fixture
def store(staff_in: StaffIn) -> Client:
    return staff_in("Key keepers")


@pytest.fixture
def file(desk: Desk, store: Client, _no_environment: None) -> dict[str, Any]:
    """A client that staff have uploaded, where the environment names none."""
    made = client_file(desk, project="portal-project")
    assert "Google accepts" in upload(store, made)
    return made
