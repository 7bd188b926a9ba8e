"""One field in which staff find anything: by id, address, ticket or reference.

Read inside `across_tenants()`, which staff pages open.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from uuid import UUID

from django.db import models
from django.db.models import Q
from django.urls import reverse

from accounts.audit.models.event import AuditEvent
from accounts.staff.models import ErrorReport
from accounts.tenancy.models import Tenant
from accounts.users.models import User
from accounts.values.email_address import in_addresses
from accounts.values.ids import as_id
from accounts.values.text import search_key, seen
from provisioning.requests.models.account import ProvisionedAccount
from provisioning.requests.models.attempt import AccountTicket
from provisioning.requests.models.request import ProvisioningRequest
from tokens.connections.models.connection import GoogleConnection
from tokens.connections.models.oauth_flow import OAuthFlow
from tokens.exchanges.models import Exchange

_EACH = 10
_SHORTEST = 3


@dataclass(frozen=True, slots=True)
class Hit:
    """One row that was found, and where staff look at it."""

    kind: str
    title: str
    detail: str
    url: str


def find(text: str) -> list[Hit]:
    """What `text` names, a few of each kind; nothing for fewer than three characters."""
    words = seen(text)
    return list(_search(words)) if len(words) >= _SHORTEST else []


def _search(words: str) -> Iterator[Hit]:
    pk, key, address = as_id(words), search_key(words), in_addresses(words)
    found: list[Iterable[models.Model]] = [
        Tenant.objects.filter(_id(pk) | Q(search_text__contains=key) | Q(slug=words)),
        User.objects.filter(_id(pk) | Q(search_text__contains=key)),
        GoogleConnection.objects.filter(
            _id(pk) | Q(email__icontains=address) | Q(sub=words)
        ).select_related("tenant"),
        ProvisioningRequest.objects.filter(_id(pk) | Q(search_text__contains=key)).select_related(
            "tenant"
        ),
        AccountTicket.objects.filter(ticket_id=words).select_related("tenant"),
        ProvisionedAccount.objects.filter(
            Q(account_id=words) | Q(property_id=words) | Q(measurement_id=words)
        ).select_related("tenant"),
        ErrorReport.objects.filter(reference=words),
        OAuthFlow.objects.filter(_id(pk) | Q(reference=words)).select_related("tenant"),
        Exchange.objects.filter(_id(pk) | Q(reference=words)).select_related("tenant"),
        AuditEvent.objects.filter(_id(pk) | Q(reference=words) | Q(target_id=words)).select_related(
            "tenant"
        ),
    ]
    for rows in found:
        for row in rows[:_EACH]:  # type: ignore[index]  # querysets all of them
            yield _hit(row)


def _id(pk: UUID | None) -> Q:
    """Rows of that id; none where the words are no id."""
    return Q(pk=pk) if pk else Q(pk__in=())


def _hit(row: models.Model) -> Hit:
    meta = row._meta
    tenant = getattr(row, "tenant", None)
    return Hit(
        kind=str(meta.verbose_name),
        title=str(row),
        detail=str(tenant) if tenant else "",
        url=reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[row.pk]),
    )
