"""What waits for a person, and the one button of each: pressed on home, it does what it says."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from django.urls import reverse
from django.utils import timezone

from accounts.tenancy.models import Tenant
from accounts.values.email_address import shown
from provisioning.requests.models.attempt import AccountTicket
from provisioning.requests.models.request import ProvisioningRequest, RequestQuerySet
from provisioning.requests.states import Action, FailureReason
from tokens.clients.services.clients import to_choose_from
from tokens.connections.models.connection import GoogleConnection
from tokens.connections.refresh_schedule import ENDS_VERY_SOON
from tokens.connections.states import ConnectionStatus, ReconnectReason

_SHOWN = 8


@dataclass(frozen=True, slots=True)
class Button:
    """What is done, or where it leads when more has to be read or chosen first."""

    label: str
    url: str
    posts: bool = False
    # The page to come back to from Google; empty where the address knows by itself.
    return_to: str = ""


@dataclass(frozen=True, slots=True)
class Need:
    """One thing that waits for a person.

    `url` is its page. `intro` says where the button leads, for one that leaves for
    Google; `until` is how long that is possible.
    """

    tone: str
    state: str
    title: str
    url: str
    detail: str
    button: Button
    intro: str = ""
    until: datetime | None = None


_POSTS: dict[Action, tuple[str, str]] = {
    Action.ACCEPT_TERMS: ("Open the terms", "request-terms"),
    Action.CONNECT: ("Connect Google", "request-connect"),
    Action.RECONNECT: ("Reconnect", "request-connect"),
    Action.TRY_AGAIN: ("Try again", "request-again"),
    Action.FINISH_SETUP: ("Finish set-up", "request-finish"),
}
# Something has to be typed, read or chosen first.
_LEADS: dict[Action, tuple[str, str]] = {
    Action.CONNECT: ("Connect Google", "request"),
    Action.DETAILS: ("Continue", "request-details"),
    Action.RESUME: ("See what failed", "request"),
    Action.OTHER_ACCOUNT: ("Choose an account", "request"),
}


def needs(tenant: Tenant) -> list[Need]:
    """What waits for a person: broken connections first, since requests wait for them."""
    soon = timezone.now() + ENDS_VERY_SOON
    connections = GoogleConnection.objects.needing_a_person_before(soon)[:_SHOWN]
    waiting: RequestQuerySet = ProvisioningRequest.objects.needing_a_person().for_lists()
    rows = list(waiting[:_SHOWN])
    tickets = _newest_tickets(row for row in rows if row.display.action is Action.ACCEPT_TERMS)
    connects = any(row.display.action is Action.CONNECT for row in rows)
    asks = connects and len(to_choose_from()) > 1
    return [
        *(_connection_need(tenant, row) for row in connections),
        *(_request_need(tenant, row, tickets.get(row.pk), asks_client=asks) for row in rows),
    ]


def _newest_tickets(rows: Iterable[ProvisioningRequest]) -> dict[UUID, AccountTicket]:
    tickets = AccountTicket.objects.filter(request__in=list(rows)).order_by("created_at")
    return {ticket.request_id: ticket for ticket in tickets}


def _connection_need(tenant: Tenant, row: GoogleConnection) -> Need:
    page = reverse("connection", args=[tenant.slug, row.pk])
    again = reverse("connection-reconnect", args=[tenant.slug, row.pk])
    need = Need(
        tone="bad",
        state=row.get_status_display(),
        title=row.email,
        url=page,
        detail=f"{row.get_reason_display()}." if row.reason else "It cannot be used any more.",
        button=Button("Reconnect", again, posts=True),
        intro=_to_consent(row.email),
    )
    if row.reason == ReconnectReason.CLIENT_REMOVED:
        # Google's page will name another app than last time; that is explained there.
        return replace(need, button=Button("Reconnect", page), intro="")
    if row.status == ConnectionStatus.ACTIVE:
        ends = "Google ends this permission by itself. Connect the account again before that."
        return replace(need, tone="warn", state=row.end_in_words, detail=ends)
    return need


def _to_consent(whom: str) -> str:
    return f"You go to Google in this tab: choose {whom}, tick every box, and you come back here."


def _request_need(
    tenant: Tenant, row: ProvisioningRequest, ticket: AccountTicket | None, *, asks_client: bool
) -> Need:
    need = Need(
        tone=row.display.tone,
        state=row.word,
        title=row.title,
        url=reverse("request", args=[tenant.slug, row.pk]),
        detail=(row.problem if not row.display.label else "") or row.display.sentence,
        button=_button(tenant, row, ticket, asks_client=asks_client),
    )
    match row.display.action:
        case Action.ACCEPT_TERMS:
            return _terms_need(need, row, ticket)
        case Action.RECONNECT if row.connection:
            return replace(need, intro=_to_consent(row.connection.email))
        case Action.CONNECT if need.button.posts:
            return replace(need, intro=_to_consent("the account that will own it"))
    return need


def _terms_need(need: Need, row: ProvisioningRequest, ticket: AccountTicket | None) -> Need:
    """Straight to the terms while the ticket is good; else a new one, on the request's page."""
    if ticket is None or not ticket.is_open:
        return replace(need, detail="The ticket for Google's terms has expired.")
    who = f", signed in as {shown(row.connection.email)}" if row.connection else ""
    intro = f"You go to Google in this tab{who}: accept the terms, and you come back here."
    return replace(need, intro=intro, until=ticket.expires_at)


def _button(
    tenant: Tenant, row: ProvisioningRequest, ticket: AccountTicket | None, *, asks_client: bool
) -> Button:
    action, at = row.display.action, [tenant.slug, row.pk]
    if action is Action.RECONNECT and row.failure != FailureReason.MISSING_PERMISSION:
        url = reverse("connection-reconnect", args=[tenant.slug, row.connection_id])
        return Button("Reconnect", url, posts=True, return_to=reverse("request", args=at))
    if action is Action.ACCEPT_TERMS and not (ticket and ticket.is_open):
        return Button("Get a new ticket", reverse("request-again", args=at), posts=True)
    posts = action in _POSTS and not (action is Action.CONNECT and asks_client)
    label, name = _POSTS[action] if posts else _LEADS.get(action, ("View", "request"))
    return Button(label, reverse(name, args=at), posts=posts)
