"""Looking at Google for what a ticket may have made, beside the request's own steps.

Each ticket that may still bring an account has a clock of its own, `look_at`: what its
request is doing meanwhile is neither waited for nor changed, unless an account is found.
The portal looks through the connection that got the ticket, with the patience of
verifying at first, then hourly for a day and daily for a week.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.audit.recording import by_worker
from provisioning.analytics.google.backends import open_backend
from provisioning.analytics.google.quotas import LOOK
from provisioning.analytics.objects import SeenAccount
from provisioning.analytics.services.throttling import (
    charge_for_page,
    project_of,
    record_limit_for_page,
    spare,
)
from provisioning.requests.candidates import Candidate, Evidence
from provisioning.requests.models.attempt import AccountTicket
from provisioning.requests.models.request import ProvisioningRequest
from provisioning.requests.services.extras import record_extras
from provisioning.requests.services.failures import retry_at
from provisioning.requests.services.leases import LEASE
from provisioning.requests.services.matching import candidates
from provisioning.requests.services.transitions import change_status
from provisioning.requests.states import ENDED, Status, may_change
from tokens.connections.models.connection import GoogleConnection
from tokens.connections.services.access_token import ConnectionUnusable, with_access
from tokens.exchanges.recording import Subject
from tokens.google.errors import GoogleError
from tokens.google.retry import LOOKS

# The quick looks are over, or somebody else does them: the next one is the first slow one.
SLOWLY = LOOKS.tries - 1
# How long after its time a ticket that was opened is looked for: what was accepted in its
# last seconds may be listed a little later.
GRACE = timedelta(minutes=10)
# A step of the request is looking just now.
_BUSY = frozenset({Status.REQUESTING, Status.VERIFYING})
_BUSY_PAUSE = timedelta(minutes=5)


def expect(ticket: AccountTicket, at: datetime, *, looks: int = 0) -> None:
    """Look for what `ticket` may have made at `at`, `looks` having been taken already."""
    ticket.look_at, ticket.looks = at, looks
    ticket.save(update_fields=["look_at", "looks"])


def look_soon(request: ProvisioningRequest) -> bool:
    """Look now for what any ticket of `request` may have made; False when there is none.

    How patiently afterwards stays as it was.
    """
    open_ended = request.tickets.filter(made_account_id="")
    return bool(open_ended.update(look_at=timezone.now()))


def next_look(request: ProvisioningRequest) -> datetime | None:
    """When the portal looks next for what a ticket of `request` may have made, if it does."""
    looks = request.tickets.filter(look_at__isnull=False).order_by("look_at")
    return looks.values_list("look_at", flat=True).first()


def earlier_tickets(request: ProvisioningRequest, newest: AccountTicket) -> bool:
    """Whether a ticket before the `newest` was opened that may have made something."""
    opened = request.tickets.filter(made_account_id="", opened_at__isnull=False)
    return opened.exclude(pk=newest.pk).exists()


def used_before(request: ProvisioningRequest) -> list[GoogleConnection]:
    """The other Google accounts in which a ticket of `request` may have made something."""
    opened = request.tickets.filter(made_account_id="", opened_at__isnull=False)
    earlier = opened.exclude(connection=request.connection).values("connection")
    return list(GoogleConnection.objects.select_related("client", "tenant").filter(pk__in=earlier))


def list_accounts(
    request: ProvisioningRequest, connection: GoogleConnection
) -> Sequence[SeenAccount]:
    """What `connection` sees at Google now, through the API of the request.

    Raises:
        ConnectionUnusable, GoogleError: nothing could be seen; that says nothing about
            which accounts there are.
    """
    subject = Subject(request.tenant_id, connection.pk, request.pk)
    payer = project_of(connection.client), connection.sub

    def look(token: str) -> Sequence[SeenAccount]:
        return open_backend(request.backend, token, subject).accounts()

    try:
        seen = with_access(connection, look)
    except GoogleError as error:
        record_limit_for_page(request.backend, *payer, error, LOOK)
        raise
    charge_for_page(request.backend, *payer, len(seen))
    request.tickets.filter(connection=connection).update(looked_at=timezone.now())
    return seen


def looked_for(request_id: UUID) -> bool:
    """Take the looks that are due for a request's tickets; False when none was.

    Nobody minds a second call in the same moment.
    """
    tickets = _leased(request_id)
    by_connection: dict[GoogleConnection | None, list[AccountTicket]] = {}
    for ticket in tickets:
        through = ticket.connection or ticket.request.connection
        by_connection.setdefault(through, []).append(ticket)
    for connection, same in by_connection.items():
        _look_through(same[0].request, connection, same)
    return bool(tickets)


def _leased(request_id: UUID) -> list[AccountTicket]:
    """The request's tickets that are due, leased to the caller by their own clock."""
    now = timezone.now()
    rows = AccountTicket.objects.filter(request=request_id)
    due = rows.filter(look_at__lte=now)
    # Nobody else's lease ends at the same microsecond.
    if not due.exists() or not due.update(look_at=now + LEASE):
        return []
    requests = ProvisioningRequest.objects.select_related("tenant", "account")
    request = requests.select_related("connection__client").get(pk=request_id)
    tickets = list(
        rows.filter(look_at=now + LEASE)
        .select_related("connection__client", "connection__tenant")
        .prefetch_related("outcomes")
    )
    for ticket in tickets:
        ticket.request = request
    return tickets


def _look_through(
    request: ProvisioningRequest,
    connection: GoogleConnection | None,
    tickets: Sequence[AccountTicket],
) -> None:
    """Look once for all these `tickets`, which `connection` has got."""
    if request.status in _BUSY or connection is None:
        _postpone(tickets, timezone.now() + _BUSY_PAUSE)
        return
    until = spare(request.backend, connection, LOOK)
    if until is not None:
        _postpone(tickets, until)
        return
    try:
        seen = list_accounts(request, connection)
    except ConnectionUnusable:
        _later(tickets)
    except GoogleError as error:
        _later(tickets, error.retry_after)
    else:
        _weigh(request, connection, tickets, seen)


def _postpone(tickets: Sequence[AccountTicket], until: datetime) -> None:
    """Look at `until`, nobody having looked, unless an earlier look was asked for meanwhile."""
    for ticket in tickets:
        _set(ticket, until, ticket.looks)


def _later(tickets: Sequence[AccountTicket], retry_after: float | None = None) -> None:
    """Look again later, for as long as something may still come of each ticket."""
    for ticket in tickets:
        looks = ticket.looks + 1
        until = retry_at(LOOKS, looks, retry_after) if _may_still_bring(ticket) else None
        _set(ticket, until, looks)


def _set(ticket: AccountTicket, until: datetime | None, looks: int) -> None:
    AccountTicket.objects.filter(pk=ticket.pk, look_at=ticket.look_at).update(
        look_at=until, looks=looks
    )


def _may_still_bring(ticket: AccountTicket) -> bool:
    """Nobody accepts what nobody has opened; nor what was refused, once its time is over."""
    facts = ticket.facts
    over = timezone.now() > ticket.expires_at + GRACE
    return (facts.opened_at is not None or bool(facts.hinted)) and not (facts.refused and over)


@transaction.atomic
def _weigh(
    request: ProvisioningRequest,
    connection: GoogleConnection,
    tickets: Sequence[AccountTicket],
    seen: Sequence[SeenAccount],
) -> None:
    """Act on what is there, with the request as it is now."""
    rows = ProvisioningRequest.objects.select_related("tenant", "account", "connection")
    # Once for each Google account, which is no query for each row of a list: hence not `get`.
    (request,) = rows.select_for_update(of=("self",)).filter(pk=request.pk)
    last = all(retry_at(LOOKS, ticket.looks + 1) is None for ticket in tickets)
    least = Evidence.POSSIBLE if last else Evidence.SAME_NAME
    found = candidates(request, connection, seen, at_least=least)
    _later(tickets)
    if request.provisioned is not None or request.status in ENDED:
        # What another request may have made as well is that one's to say, as long as it can.
        record_extras(request, connection, [one for one in found if last or not one.contested])
    elif _is_news(request, found) and may_change(Status(request.status), Status.VERIFYING):
        change_status(
            request,
            Status.VERIFYING,
            reason="Google lists an account that a ticket of this request may have made",
            actor=by_worker(),
            due_at=timezone.now(),
            connection=connection,
        )


def _is_news(request: ProvisioningRequest, found: Sequence[Candidate]) -> bool:
    """Whether something was found that nobody has been asked about yet."""
    asked = {one.account_id for one in request.to_choose} if request.failure else set()
    return not {one.account_id for one in found} <= asked
