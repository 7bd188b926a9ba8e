"""The form for a new request, and the page of one."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.audit.recording import by_person
from accounts.members.roles import Power
from accounts.members.views.decorators import TenantRequest, member_view
from accounts.web.redirects import SeeOther
from provisioning.analytics.google.backends import offered
from provisioning.requests.account_limit import full_accounts
from provisioning.requests.certainty import known_of
from provisioning.requests.display import in_words
from provisioning.requests.forms import NEW_CONNECTION, RequestForm
from provisioning.requests.initial_values import (
    address_of,
    asked_backend,
    asked_flow,
    from_address,
    known,
)
from provisioning.requests.models.account import SetupStep, StepStatus
from provisioning.requests.models.defaults import Flow, ProvisioningDefaults
from provisioning.requests.models.request import ProvisioningRequest
from provisioning.requests.models.status_change import StatusChange
from provisioning.requests.services.completion import is_half_configured, lacks_grant
from provisioning.requests.services.drafts import may_change
from provisioning.requests.services.looks import next_look
from provisioning.requests.services.requests import create_request
from provisioning.requests.services.resume import resume_point
from provisioning.requests.states import ENDED, Action, FailureReason, Owner, Status
from provisioning.requests.steps import (
    ShownStep,
    Step,
    begins_with_google,
    has_stopped,
    shown,
    where_it_is,
)
from provisioning.requests.tasks import run
from provisioning.requests.timeline import attempts, history, timeline
from provisioning.requests.tos import Outcome
from provisioning.requests.unfinished import ends_at
from tokens.clients.services.clients import to_choose_from
from tokens.connections.models.connection import GoogleConnection
from tokens.connections.services.client_choice import creators
from tokens.service_accounts.models.service_account import ServiceAccount

# htmx stops polling when it is answered with this status.
STOP_POLLING = 286
_CONNECTS_ANEW = frozenset({Status.AUTHORIZING, Status.LIMIT_REACHED})
_POLL_SECONDS = {Owner.WORKER: 2, Owner.PERSON: 5}

_MADE_ALREADY = (
    "This form was sent before, and made this request. Nothing was made twice or changed now."
)


@require_http_methods(["GET", "HEAD", "POST"])
@member_view(Power.REQUEST_MANAGE)
def request_new(request: TenantRequest) -> HttpResponse:
    """Ask for what is not known yet, in the order of the flow; nothing is asked twice."""
    defaults = ProvisioningDefaults.objects.of(request.tenant)
    flow = asked_flow(request.GET, defaults)
    usable = list(creators())
    quick = flow == Flow.PREFILLED
    prefilled = from_address(request.GET)
    given = known(prefilled.values, defaults)
    used_last, asked_for = given.pop("connection", ""), request.GET.get("connection", "")
    backend = asked_backend(request.GET, request.tenant)
    form = RequestForm(
        request.POST or None,
        connections=usable,
        full=full_accounts(usable),
        backend=backend,
        backends=offered(),
        name_pattern=defaults.account_name_pattern if quick else None,
        initial={
            "connection": _account(usable, asked_for, used_last, quick=quick),
            **given,
        },
    )
    if form.is_valid():
        return _made(request, form)
    context = {
        "form": form,
        "connections": usable,
        "flow": flow.value,
        "given": prefilled.values,
        "pattern": defaults.account_name_pattern,
        "backend": backend.value,
        "service_accounts": ServiceAccount.objects.exists(),
        "steps": shown(Step.DETAILS),
    }
    for sentence in prefilled.left_out if not form.is_bound else ():
        messages.warning(request, sentence)
    if not form.is_bound and flow == Flow.AFTER:
        context["client_choices"] = to_choose_from()
        context["steps"] = shown(Step.CONNECT, google_first=True)
        return render(request, "provisioning/request_start.html", context)
    template = "provisioning/request_quick.html" if quick else "provisioning/request_new.html"
    return render(request, template, context, status=422 if form.is_bound else 200)


def _account(usable: list[GoogleConnection], asked_for: str, used_last: str, *, quick: bool) -> str:
    """The Google account to begin with: the one of the address, the only one, the one used last.

    Else one yet to connect. Where only what is unknown is asked, one among several is asked for.
    """
    ids = [str(row.pk) for row in usable]
    if asked_for in ids:
        return asked_for
    if len(ids) == 1:
        return ids[0]
    if quick and ids:
        return ""
    return used_last if used_last in ids else NEW_CONNECTION


def _made(request: TenantRequest, form: RequestForm) -> HttpResponse:
    made, is_new = create_request(
        tenant=request.tenant,
        spec=form.spec,
        connection=form.chosen,
        submission=form.submission_id,
        actor=by_person(request),
        backend=form.chosen_backend,
    )
    if not is_new:
        messages.info(request, _MADE_ALREADY)
    enqueue(made)
    return SeeOther(made.get_absolute_url())


def enqueue(row: ProvisioningRequest) -> None:
    """Tell a worker after the commit that there is something to do. The sweep would find it too."""
    run.delay_on_commit(str(row.tenant_id), str(row.pk))


@require_safe
@member_view(Power.REQUEST_READ)
def request_page(request: TenantRequest, pk: UUID) -> HttpResponse:
    """One request: where it stands, what to do now, what happened so far."""
    row = _row(pk)
    if row.status in (Status.AUTHORIZING, Status.NEEDS_RECONNECT):
        # The person may just have come back from connecting; a worker finds out.
        enqueue(row)
    return render(request, "provisioning/request.html", _context(request, row))


@require_safe
@member_view(Power.REQUEST_READ)
def request_live(request: TenantRequest, pk: UUID) -> HttpResponse:
    """The changing part of the page of a request, for polling."""
    row = _row(pk)
    if not request.htmx:
        return SeeOther(row.get_absolute_url())
    context = _context(request, row)
    status = 200 if context["live"] else STOP_POLLING
    return render(request, "provisioning/request.html#live", context, status=status)


def _row(pk: UUID) -> ProvisioningRequest:
    rows = ProvisioningRequest.objects.select_related(
        "tenant", "connection", "authorization__client", "account", "created_by"
    )
    return get_object_or_404(rows, pk=pk)


def _context(request: TenantRequest, row: ProvisioningRequest) -> dict[str, Any]:
    display = row.display
    setup = list(row.steps.all())
    moves = history(row)
    completed = row.status == Status.COMPLETED
    undone = [one for one in setup if completed and one.status == StepStatus.LEFT_OUT]
    others = [one for one in creators() if one.pk != row.connection_id]
    extras = list(row.extras.select_related("ticket__connection"))
    tickets = list(row.tickets.prefetch_related("outcomes").order_by("-created_at"))
    return {
        "item": row,
        "steps": _steps(row, moves),
        "ticket": tickets[0] if tickets else None,
        "known": known_of((ticket.record for ticket in tickets), timezone.now()),
        "timeline": timeline(moves, request.user),
        "account": row.provisioned,
        "setup": setup,
        "left_out": undone,
        "may_grant": lacks_grant(row),
        "missing": _missing(setup) if is_half_configured(row) else "",
        "attempts": attempts(row),
        "action": display.action.value,
        "client_choices": to_choose_from() if row.status in _CONNECTS_ANEW else [],
        "other_connections": others if display.action is Action.OTHER_ACCOUNT else [],
        "may_change": may_change(row),
        "pausing": bool(row.problem and row.due_at and row.due_at > timezone.now()),
        "living_query": _living(row),
        "looking": any(ticket.look_at for ticket in tickets),
        "extras": extras,
        "all_certain": all(extra.certain for extra in extras),
        "may_manage": request.membership.may(Power.REQUEST_MANAGE),
        "ends_at": ends_at(row),
        "live": row.status not in ENDED,
        "poll_seconds": _POLL_SECONDS.get(display.owner, 5),
    }


def _living(row: ProvisioningRequest) -> str:
    """The same wish for the living API, where the other is gone and nothing came of it."""
    if row.failure != FailureReason.API_GONE or next_look(row) is not None:
        return ""
    return "" if row.tickets.filter(outcomes__kind=Outcome.ACCEPTED).exists() else address_of(row)


def _missing(setup: list[SetupStep]) -> str:
    """What an account that exists still lacks, as people say it: “web stream is”."""
    undone = [one.get_kind_display().lower() for one in setup if one.status != StepStatus.DONE]
    if not undone:
        return ""
    return f"{in_words(undone)} {'is' if len(undone) == 1 else 'are'}"


def _steps(row: ProvisioningRequest, moves: list[StatusChange]) -> list[ShownStep]:
    """The steps of the page; one that failed or waits stays where that happened."""
    if row.status == Status.COMPLETED:
        return shown(None)
    states = [*(Status(move.new) for move in reversed(moves)), Status(row.status)]
    accepted = Status.VERIFYING in states and resume_point(row) is not Status.QUEUED
    return shown(
        where_it_is(states, accepted=accepted, failure=row.failure),
        stopped=has_stopped(states[-1]),
        google_first=begins_with_google(states),
    )
