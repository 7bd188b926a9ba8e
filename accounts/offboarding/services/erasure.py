"""Deletes an organisation's rows piece by piece, and proves it.

Each function is one step and one transaction. How far it is stands in the row of
the erasure, so whoever goes on after a crash needs to know nothing else.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from django.apps import apps
from django.core.mail import EmailMultiAlternatives
from django.db import models, transaction
from django.utils import timezone

from accounts.audit.events import Event
from accounts.audit.recording import by_worker, record
from accounts.email.services.delivery import deliver
from accounts.email.services.rendering import written
from accounts.offboarding.models.erasure import Erasure
from accounts.offboarding.services.emails import owners_of
from accounts.tenancy.models import Tenant

AGAIN = timedelta(hours=1)
# A mail server that refuses for so long will not take it any more.
PATIENCE = timedelta(days=3)
# What Google was told, by the state of a revocation.
_TOLD = {
    "confirmed": "{} ended, confirmed by Google",
    "kept": "{} kept, because others live on the same Google account",
}
_UNTOLD = "{} that Google never confirmed: end what is left at myaccount.google.com/permissions"


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
            "letter": {"name": tenant.name, "to": [one.email for one in owners_of(tenant)]},
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
    """Delete the organisation itself, with what came in meanwhile, and seal the proof."""
    row = Erasure.objects.select_for_update().get(pk=erasure.pk)
    if row.finished_at is not None:
        return
    gone = Tenant.objects.filter(pk=row.organisation, erased_at__isnull=False)
    _count(row, gone.delete()[1])
    row.finished_at = row.tell_at = timezone.now()
    row.digest = row.hashed()
    row.save()
    record(Event.TENANT_DELETED, by_worker(), target=row, rows=row.total, proof=row.digest)


def _count(row: Erasure, deleted: dict[str, int]) -> None:
    counted = Counter(row.rows)
    counted.update({label: number for label, number in deleted.items() if number})
    row.rows = dict(counted)


def tell(erasure: Erasure) -> None:
    """Mail the proof to those who were owners, then forget who they were.

    Outside of any transaction. A crash in between may mail it twice, never not at all.
    """
    left = [email for email in erasure.letter.get("to", []) if not _mailed(erasure, email)]
    late = erasure.finished_at is None or timezone.now() > erasure.finished_at + PATIENCE
    if left and not late:
        letter = {**erasure.letter, "to": left}
        _untold(erasure).update(letter=letter, tell_at=timezone.now() + AGAIN)
        return
    _untold(erasure).update(letter={}, tell_at=None, told_at=timezone.now())


def _untold(erasure: Erasure) -> models.QuerySet[Erasure]:
    return Erasure.objects.filter(pk=erasure.pk, told_at=None)


def _mailed(erasure: Erasure, email: str) -> bool:
    return not deliver(partial(proof_email, erasure, email))


def proof_email(erasure: Erasure, to: str) -> EmailMultiAlternatives:
    """The mail with the proof."""
    letter = written(
        "organisation_deleted",
        to,
        name=erasure.letter["name"],
        asked_at=erasure.asked_at,
        shredded_at=erasure.shredded_at,
        finished_at=erasure.finished_at,
        told=[_TOLD.get(state, _UNTOLD).format(n) for state, n in erasure.revocations.items()],
        keys=[key["id"] for key in erasure.keys],
        total=erasure.total,
        tables=_in_words(erasure),
        digest=erasure.digest,
    )
    letter.attach("proof.json", erasure.proof, "application/json")
    return letter


def _in_words(erasure: Erasure) -> list[str]:
    """Each table with what was deleted from it, as a person would say it."""
    return [
        f"{apps.get_model(label)._meta.verbose_name_plural}: {number}"
        for label, number in sorted(erasure.rows.items())
    ]
