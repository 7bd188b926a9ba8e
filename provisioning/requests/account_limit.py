"""Google accounts that are known to hold as many Analytics accounts as Google allows."""

from collections.abc import Iterable

from django.conf import settings
from django.db.models import OuterRef, Subquery

from provisioning.requests.models.attempt import AccountTicket
from tokens.connections.models.connection import GoogleConnection


def full_accounts(connections: Iterable[GoogleConnection]) -> dict[str, int]:
    """How many accounts Google listed for each that is full, as of its newest ticket.

    Somebody may have deleted accounts at Google since, so this is a warning;
    the next ticket is asked for, or not, by what Google lists then.
    """
    limit = settings.GOOGLE_ACCOUNT_LIMIT
    if not limit:
        return {}
    newest = AccountTicket.objects.filter(connection=OuterRef("pk")).order_by("-created_at")
    wanted = (
        GoogleConnection.objects.filter(pk__in=[one.pk for one in connections])
        .annotate(newest=Subquery(newest.values("pk")[:1]))
        .values_list("newest", flat=True)
    )
    tickets = AccountTicket.objects.filter(pk__in=list(wanted)).select_related("request__account")
    counted = {ticket.connection_id: _count(ticket) for ticket in tickets}
    return {str(pk): count for pk, count in counted.items() if count >= limit}


def _count(ticket: AccountTicket) -> int:
    made = 1 if ticket.request.provisioned else 0
    return len(ticket.accounts_before) + made
