"""An organisation takes everything along but secrets."""

import csv
import io
import json
import zipfile
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from accounts.audit.models.event import AuditEvent
from accounts.tenancy.scope import tenant_scope
from portal.offboarding.organisation_export import columns, tables
from provisioning.requests.models.request import ProvisioningRequest
from tests.cast import Cast, signed_in
from tests.emulator.thread import EmulatorThread
from tests.journeys import answer_terms, connected, new_request, work
from tests.rows import connection_row, request_row
from tokens.encryption.ciphertext import CiphertextField

CANARIES = ("ya29.", "1//", "GOCSPX-", "gAAAAA", "v1.", "v2.")


def archive(browser: Client, cast: Cast) -> zipfile.ZipFile:
    answer: Any = browser.post(reverse("tenant-export", args=[cast.tenant.slug]))
    assert answer.status_code == 200
    assert "attachment" in answer["Content-Disposition"]
    return zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content)))


def test_a_whole_history_comes_along_and_no_secret(
    owner_browser: Client, cast: Cast, google: EmulatorThread
) -> None:
    request = new_request(owner_browser, connected(owner_browser, cast.tenant, google))
    work()
    answer_terms(owner_browser, request, google)
    work()
    file = archive(owner_browser, cast)
    about = json.loads(file.read("about.json"))
    assert about["organisation"]["slug"] == cast.tenant.slug
    assert about["rows"]["provisioning.ProvisionedAccount"] == 1
    for label, count in about["rows"].items():
        rows = json.loads(file.read(f"json/{label}.json"))
        raw = file.read(f"csv/{label}.csv")
        # Without it a spreadsheet guesses at the encoding.
        assert raw.startswith("\ufeff".encode())
        cells = list(csv.reader(io.StringIO(raw.decode("utf-8-sig"))))
        assert len(rows) == len(cells) - 1 == count
    whole = b"".join(file.read(name) for name in file.namelist()).decode()
    assert request.account_name in whole
    assert [canary for canary in CANARIES if canary in whole] == []
    assert settings.SECRET_KEY not in whole


def test_rows_of_others_do_not_come_along(owner_browser: Client, cast: Cast) -> None:
    request_row(connection_row(cast.elsewhere, "theirs@gmail.example"), account_name="Theirs")
    request_row(connection_row(cast.tenant), account_name="Mine")
    file = archive(owner_browser, cast)
    whole = b"".join(file.read(name) for name in file.namelist()).decode()
    assert "Mine" in whole
    assert "Theirs" not in whole
    assert "theirs@gmail.example" not in whole


def test_every_table_of_a_tenant_is_in_it() -> None:
    labels = {model._meta.label for model in tables()}
    assert {"accounts.AuditEvent", "accounts.Membership", "tokens.GoogleConnection"} <= labels
    assert {"accounts.User", "accounts.Tenant", "tokens.RateBucket"}.isdisjoint(labels)


@pytest.mark.parametrize("model", tables(), ids=lambda model: model.__name__)
def test_no_column_of_a_secret_is_handed_out(model: Any) -> None:
    handed = set(columns(model))
    assert "id" in handed or "pk" in handed
    for field in model._meta.fields:
        if isinstance(field, CiphertextField) or "hash" in field.name:
            assert field.attname not in handed


def test_it_is_recorded(owner_browser: Client, cast: Cast) -> None:
    archive(owner_browser, cast)
    with tenant_scope(cast.tenant):
        assert AuditEvent.objects.filter(tag="accounts:tenant:exported").count() == 1


@pytest.mark.parametrize(("who", "status"), [("teammate", 403), ("viewer", 403), ("outsider", 404)])
def test_others_may_not(cast: Cast, who: str, status: int) -> None:
    browser = signed_in(getattr(cast, who))
    assert browser.get(reverse("tenant-data", args=[cast.tenant.slug])).status_code == status
    assert browser.post(reverse("tenant-export", args=[cast.tenant.slug])).status_code == status


def test_many_rows_take_no_more_queries(
    owner_browser: Client, cast: Cast, django_assert_max_num_queries: Any
) -> None:
    connection = connection_row(cast.tenant)
    with tenant_scope(cast.tenant):
        row = request_row(connection)
        ProvisioningRequest.objects.bulk_create(
            ProvisioningRequest(
                tenant=cast.tenant,
                connection=connection,
                status="queued",
                account_name=row.account_name,
                property_name="p",
                stream_name="s",
                website_url="https://x.example",
                time_zone="UTC",
                region_code="ES",
            )
            for _ in range(300)
        )
    with django_assert_max_num_queries(2 * len(tables()) + 25):
        assert (
            json.loads(archive(owner_browser, cast).read("about.json"))["rows"][
                "provisioning.ProvisioningRequest"
            ]
            == 301
        )
