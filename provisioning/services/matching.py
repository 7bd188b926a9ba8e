"""Which of the accounts that Google lists may be the one that a request's tickets made.

An account may be the one when it was not there before the first ticket, is not
older than it, carries the name that was asked for and answers no other request of
any tenant. It is the one beyond doubt when nothing else can have made it.
"""

from datetime import timedelta

from django.db.models import Q, QuerySet
from django.utils import timezone

from provisioning.claims import claimed_accounts, has_rivals
from provisioning.google.dialect import SeenAccount
from provisioning.models import AccountTicket, ProvisioningRequest, TosOutcome
from provisioning.models.attempt import TicketStatus
from provisioning.tos import NOTHING_CREATED

# How far Google's clock and ours may be apart.
SKEW = timedelta(minutes=10)


def matches(request: ProvisioningRequest, seen: list[SeenAccount]) -> list[SeenAccount]:
    """The accounts that one of the request's tickets may have made."""
    first = _tickets(request).order_by("created_at").first()
    if first is None:
        return []
    before = set(first.accounts_before)
    new = [
        account
        for account in seen
        if account.name == request.account_name
        and account.account_id not in before
        and (account.created_at is None or account.created_at >= first.created_at - SKEW)
    ]
    taken = claimed_accounts(account.account_id for account in new)
    return [account for account in new if account.account_id not in taken]


def is_contested(request: ProvisioningRequest, account: SeenAccount) -> bool:
    """Whether something else than this request may have made `account`.

    Another request for the same name may have, or the person by hand when every
    ticket of this one was answered by "nothing was created".
    """
    refused = TosOutcome.objects.filter(
        ticket__request=request, counted=True, kind__in=NOTHING_CREATED
    )
    if not _tickets(request).exclude(pk__in=refused.values("ticket")).exists():
        return True
    since = until = account.created_at
    if since is None or until is None:
        since, until = request.created_at, timezone.now()
    return has_rivals(request, since - SKEW, until + SKEW)


def _tickets(request: ProvisioningRequest) -> QuerySet[AccountTicket]:
    """The tickets that this Google account got for the request and that may have made one."""
    mine = Q(connection=request.connection_id) | Q(connection=None)
    return request.tickets.filter(mine).exclude(status=TicketStatus.DISOWNED)
