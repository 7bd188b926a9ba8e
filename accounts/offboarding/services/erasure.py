"""Deletes an organisation's rows piece by piece, and proves it.

Each function is one step and one transaction. How far it is stands in the row of
the erasure, so whoever goes on after a crash needs to know nothing else.
"""

from collections import Counter
from dataclasses import dataclass

from django.db import models, transaction
from django.utils import timezone

from accounts.audit.events import Event
from accounts.audit.recording import by_worker, record
from accounts.offboarding.models import Erasure
from accounts.offboarding.services.emails import owners_of, tell_of_erasure
from accounts.tenancy.models import Tenant


@dataclass(frozen=True, slots=True)
class Facts:
    """What must be known before the rows that say it are gone."""

    keys: list[dict[str, str]]
    revocations: dict[str, int]


@transaction.atomic
def begin(tenant: Tenant, facts: Facts) -> Erasure:
    """The erasure of `tenant`, whose keys are destroyed; begun now if it was not before.

    Raises:
        ValueError: its keys are not destroyed yet.
    """
    if tenant.erased_at is None:
        raise ValueError(f"The keys of {tenant.slug} are not destroyed yet.")
    erasure, _ = Erasure.objects.get_or_create(
        organisation=tenant.pk,
        defaults={
            "asked_at": tenant.deleted_at or tenant.erased_at,
            "shredded_at": tenant.erased_at,
            "keys": facts.keys,
            "revocations": facts.revocations,
            "owners": {"name": tenant.name, "to": [one.email for one in owners_of(tenant)]},
        },
    )
    return erasure


@transaction.atomic
def remove_some(erasure: Erasure, model: type[models.Model], limit: int) -> int:
    """Delete up to `limit` rows of one table and count them; returns how many were found."""
    row = Erasure.objects.select_for_update().get(pk=erasure.pk)
    rows = model._default_manager.filter(tenant=row.organisation)
    found = list(rows.order_by("pk").values_list("pk", flat=True)[:limit])
    if found:
        _count(row, rows.filter(pk__in=found).delete()[1])
        row.save(update_fields=["rows"])
    return len(found)


@transaction.atomic
def end(erasure: Erasure) -> None:
    """Delete the organisation itself, with what came in meanwhile, and seal the proof.

    From then on only the e-mails that wait for a mail server say who was an owner.
    """
    row = Erasure.objects.select_for_update().get(pk=erasure.pk)
    if row.finished_at is not None:
        return
    gone = Tenant.objects.filter(pk=row.organisation, erased_at__isnull=False)
    _count(row, gone.delete()[1])
    row.finished_at = timezone.now()
    row.digest = row.hashed()
    tell_of_erasure(row)
    row.owners = {}
    row.save()
    record(Event.TENANT_DELETED, by_worker(), target=row, rows=row.total, proof=row.digest)


def _count(row: Erasure, deleted: dict[str, int]) -> None:
    counted = Counter(row.rows)
    counted.update({label: number for label, number in deleted.items() if number})
    row.rows = dict(counted)
