"""Where people stop, on the way from a request to a verified account."""

from uuid import UUID

from django.db.models import Count, Q, QuerySet

from provisioning.requests.models.account import ProvisionedAccount
from provisioning.requests.models.attempt import ANSWERED, ProvisioningAttempt
from provisioning.requests.models.request import ProvisioningRequest


def funnel(of: list[UUID] | QuerySet[ProvisioningRequest], requested: int) -> list[tuple[str, int]]:
    """How many of these requests, by id or by query, came how far; `requested` is their number."""
    attempts = ProvisioningAttempt.objects.filter(request__in=of).aggregate(
        ticketed=Count("request", filter=Q(ticket__isnull=False), distinct=True),
        answered=Count("request", filter=Q(result__in=ANSWERED), distinct=True),
    )
    return [
        ("Requested", requested),
        ("Ticket issued", attempts["ticketed"]),
        ("Terms answered", attempts["answered"]),
        ("Verified", ProvisionedAccount.objects.filter(request__in=of).count()),
    ]
