"""All that the portal keeps of an organisation, as one archive without a secret in it."""

import csv
import io
import json
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from typing import IO, Any

from django.apps import apps
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models, transaction
from django.utils import timezone

from accounts.audit.events import Event
from accounts.audit.recording import Actor, record
from accounts.tenancy.models import Tenant
from accounts.values.model_fields import SearchTextField
from accounts.values.spreadsheet import MARK, plain_cell
from tokens.encryption.ciphertext import CiphertextField

APPS = ("accounts", "tokens", "provisioning", "portal")
_ROWS = 2_000
# Ciphertexts are left out by their kind, these by their names: who has one could
# try to find what it was made from.
_WITHHELD = ("hash", "fingerprint", "verifier", "session", "check_value")


def tables() -> list[type[models.Model]]:
    """Every table with rows that belong to a tenant, by name."""
    ours = (model for model in apps.get_models() if model._meta.app_label in APPS)
    owned = (m for m in ours if any(field.name == "tenant" for field in m._meta.fields))
    return sorted(owned, key=lambda model: model._meta.label)


def columns(model: type[models.Model]) -> list[str]:
    """The columns of a table that are handed out: all but secrets and what stands for one."""
    return [field.attname for field in model._meta.fields if not _is_withheld(field)]


def _is_withheld(field: "models.Field[Any, Any]") -> bool:
    kept_back = isinstance(field, CiphertextField | SearchTextField)
    return kept_back or any(word in field.name for word in _WITHHELD)


def export(tenant: Tenant, actor: Actor) -> IO[bytes]:
    """A ZIP file, open at its start: a JSON and a CSV file for each table, and what they hold.

    Rows are read in one transaction and written as they come, so a large
    organisation takes room on the disk and none in memory. The caller closes it.
    """
    out = tempfile.TemporaryFile()  # noqa: SIM115  # it is handed on open
    try:
        with transaction.atomic(), zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            counts = {model._meta.label: _add(archive, model, tenant) for model in tables()}
            about = {
                "organisation": {"id": str(tenant.pk), "name": tenant.name, "slug": tenant.slug},
                "made_at": timezone.now().isoformat(),
                "rows": counts,
                "left_out": "Secrets, and fingerprints of secrets.",
            }
            archive.writestr("about.json", json.dumps(about, indent=2))
            record(Event.TENANT_EXPORTED, actor, target=tenant, tenant_id=tenant.pk)
    except BaseException:
        out.close()
        raise
    out.seek(0)
    return out


def _add(archive: zipfile.ZipFile, model: type[models.Model], tenant: Tenant) -> int:
    names, label = columns(model), model._meta.label
    rows = model._default_manager.filter(tenant=tenant).order_by("pk").values_list(*names)
    with archive.open(f"json/{label}.json", "w", force_zip64=True) as file:
        for piece in _as_json(names, rows.iterator(_ROWS)):
            file.write(piece.encode())
    count = 0
    with archive.open(f"csv/{label}.csv", "w", force_zip64=True) as file:
        text = io.TextIOWrapper(file, "utf-8", newline="", write_through=True)
        text.write(MARK)
        writer = csv.writer(text)
        writer.writerow(names)
        for row in rows.iterator(_ROWS):
            writer.writerow([plain_cell(value) for value in row])
            count += 1
        text.detach()
    return count


def _as_json(names: list[str], rows: Iterable[tuple[Any, ...]]) -> Iterator[str]:
    yield "["
    for number, row in enumerate(rows):
        one = json.dumps(dict(zip(names, row, strict=True)), cls=DjangoJSONEncoder)
        yield f"{',' if number else ''}\n{one}"
    yield "\n]\n"
