"""What the package's own fields do wrong with a column, each as a test (reliability.md §3.1)."""

import json
from pathlib import Path

import pytest
from django.core import serializers
from django.core.exceptions import FieldError, ValidationError
from django.core.management import call_command
from django.db import connection, transaction
from django.db.models import F, Value
from django.db.models.functions import Concat
from django.forms import modelform_factory

from accounts.tenancy.scope import across_tenants
from tests.cast import Cast
from tests.rows import ACCESS, REFRESH, connection_row
from tokens.connections.models.connection import GoogleConnection
from tokens.encryption.sealing import SecretUnreadable, reveal, seal

pytestmark = pytest.mark.django_db


def stored(row: GoogleConnection) -> GoogleConnection:
    return GoogleConnection._base_manager.get(pk=row.pk)


def test_bulk_update_keeps_every_secret(cast: Cast) -> None:
    rows = [connection_row(cast.tenant, f"a{n}@gmail.example") for n in range(3)]
    for number, row in enumerate(rows):
        seal(row, "refresh_token", f"1//emu-canary-{number}")
    GoogleConnection._base_manager.bulk_update(rows, ["refresh_token", "access_token"])
    secrets = [reveal(stored(row), "refresh_token") for row in rows]
    assert secrets == ["1//emu-canary-0", "1//emu-canary-1", "1//emu-canary-2"]
    assert reveal(stored(rows[0]), "access_token") == ACCESS


def test_update_with_an_expression_is_refused_and_destroys_nothing(cast: Cast) -> None:
    row = connection_row(cast.tenant)
    rows = GoogleConnection._base_manager.filter(pk=row.pk)
    for expression in (F("email"), Value("x"), Concat(F("email"), Value("x"))):
        with pytest.raises(FieldError), transaction.atomic():
            rows.update(refresh_token=expression)
    row.refresh_token = F("email")
    with pytest.raises(FieldError), transaction.atomic():
        row.save()
    assert reveal(stored(row), "refresh_token") == REFRESH


def test_plaintext_is_refused_however_it_comes(cast: Cast) -> None:
    row = connection_row(cast.tenant)
    with pytest.raises(FieldError), transaction.atomic():
        GoogleConnection._base_manager.filter(pk=row.pk).update(refresh_token=REFRESH)
    row.refresh_token = REFRESH
    with pytest.raises(FieldError), transaction.atomic():
        row.save()
    with pytest.raises(FieldError), transaction.atomic():
        GoogleConnection._base_manager.bulk_update([row], ["refresh_token"])
    assert reveal(stored(row), "refresh_token") == REFRESH


def test_plaintext_in_the_column_is_not_taken_for_a_secret(cast: Cast) -> None:
    row = connection_row(cast.tenant)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE tokens_googleconnection SET refresh_token = 'planted'")
    with pytest.raises(SecretUnreadable, match="no ciphertext"):
        reveal(stored(row), "refresh_token")


def test_a_secret_can_only_be_asked_whether_it_is_there(cast: Cast) -> None:
    connection_row(cast.tenant)
    rows = GoogleConnection._base_manager
    assert rows.filter(refresh_token__isnull=False).count() == 1
    for lookup in ("refresh_token", "refresh_token__contains", "refresh_token__gt"):
        with pytest.raises(FieldError):
            rows.filter(**{lookup: "x"}).exists()


def test_no_form_is_an_oracle(cast: Cast) -> None:
    row = connection_row(cast.tenant)
    with across_tenants():
        form = modelform_factory(GoogleConnection, fields="__all__")
    assert "refresh_token" not in form.base_fields
    with pytest.raises(ValidationError):
        GoogleConnection._meta.get_field("refresh_token").to_python("1//plaintext")
    cleaned = GoogleConnection._meta.get_field("refresh_token").to_python(row.refresh_token.token)
    assert REFRESH not in str(cleaned)


def test_dumpdata_carries_ciphertext_that_loads_again(cast: Cast, tmp_path: Path) -> None:
    row = connection_row(cast.tenant)
    dump = tmp_path / "dump.json"
    call_command("dumpdata", "tokens.googleconnection", output=str(dump), use_base_manager=True)
    text = dump.read_text()
    assert REFRESH not in text
    assert ACCESS not in text
    assert json.loads(text)[0]["fields"]["refresh_token"] == row.refresh_token.token
    for loaded in serializers.deserialize("json", text):
        loaded.save()
    assert reveal(stored(row), "refresh_token") == REFRESH


def test_listing_connections_opens_no_secret(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    connection_row(cast.tenant)

    def opened(*_: object) -> None:
        raise AssertionError("a secret was opened")

    monkeypatch.setattr("tokens.encryption.sealing.opening_key", opened)
    assert [row.email for row in GoogleConnection._base_manager.all()]
