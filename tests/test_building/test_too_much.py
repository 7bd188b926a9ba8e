"""What is larger than any page sends is refused with a page that says so, and nothing is kept."""

from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from accounts.tenancy.models import Tenant
from accounts.tenancy.scope import across_tenants
from tests.cast import Cast
from tokens.service_accounts.models.service_account import ServiceAccount


def assert_told(answer: Any) -> None:
    page = answer.content.decode()
    assert answer.status_code == 413
    assert "That was too much" in page
    assert "nothing was changed" in page


@pytest.mark.parametrize("bytes_more", [1, 30 * 1024 * 1024])
def test_a_file_that_is_too_big(owner_browser: Client, cast: Cast, bytes_more: int) -> None:
    big = SimpleUploadedFile("key.json", b"{" + b" " * (settings.REQUEST_MAX_BYTES + bytes_more))
    page = reverse("credential-account-new", args=[cast.tenant.slug])
    assert_told(owner_browser.post(page, {"file": big}))
    with across_tenants():
        assert not ServiceAccount.objects.exists()


def test_it_is_not_even_read(owner_browser: Client, cast: Cast) -> None:
    page = reverse("credential-account-new", args=[cast.tenant.slug])
    for length in (str(10**12), "-1"):
        assert_told(owner_browser.post(page, CONTENT_LENGTH=length))


def test_too_many_fields(owner_browser: Client, cast: Cast) -> None:
    sent = {"name": "Renamed", **{f"f{number}": "x" for number in range(300)}}
    assert_told(owner_browser.post(reverse("tenant-settings", args=[cast.tenant.slug]), sent))
    assert Tenant.objects.get(pk=cast.tenant.pk).name == "Acme Agency"


def test_too_many_files(owner_browser: Client, cast: Cast) -> None:
    files = {f"f{number}": SimpleUploadedFile("k.json", b"{}") for number in range(9)}
    page = reverse("credential-account-new", args=[cast.tenant.slug])
    assert_told(owner_browser.post(page, files))


def test_a_field_that_is_too_long(owner_browser: Client, cast: Cast) -> None:
    sent = {"name": "x" * (settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)}
    page = reverse("tenant-settings", args=[cast.tenant.slug])
    assert_told(owner_browser.post(page, sent))
    assert Tenant.objects.get(pk=cast.tenant.pk).name == "Acme Agency"


def test_what_pages_send_is_taken(owner_browser: Client, cast: Cast) -> None:
    page = reverse("tenant-settings", args=[cast.tenant.slug])
    assert owner_browser.post(page, {"name": "Renamed", "reply_to": ""}).status_code in (302, 303)
    assert Tenant.objects.get(pk=cast.tenant.pk).name == "Renamed"
