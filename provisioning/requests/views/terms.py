"""Coming back from Google's terms page."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from accounts.audit.recording import by_person
from accounts.members.models.membership import Membership
from accounts.members.policies import NotAllowed
from accounts.members.roles import Power
from accounts.tenancy.scope import tenant_scope
from accounts.users.models import User
from accounts.web.methods import get_acts_once
from accounts.web.redirects import SeeOther
from accounts.web.sessions import session_key
from provisioning.requests.models.attempt import AccountTicket
from provisioning.requests.services.terms import ReturnVerdict, take_return
from provisioning.requests.tos import MalformedReturn, TermsReturn, parse_return
from provisioning.requests.unscoped import ticket_of
from provisioning.requests.views.requests import enqueue


@get_acts_once
def terms_return(request: HttpRequest) -> HttpResponse:
    """Where the terms page returns to. Believes nothing, and answers with a clean redirect.

    Whoever is not signed in, not a member, or names no ticket that exists gets
    one and the same page, so that nobody learns which tickets there are.
    """
    try:
        back = parse_return(request.GET)
    except MalformedReturn as error:
        return _refused(request, f"The answer is not one that Google gives: {error}.")
    user = request.user
    if not isinstance(user, User):
        return _refused(request, "You are not signed in any more.")
    found = ticket_of(back.ticket_id)
    membership = (
        Membership.objects.select_related("tenant").filter(user=user, tenant_id=found[0]).first()
        if found
        else None
    )
    if found is None or membership is None:
        return _refused(request, "It belongs to no request of yours.")
    if not membership.may(Power.REQUEST_MANAGE):
        raise NotAllowed(Power.REQUEST_MANAGE, membership)
    with tenant_scope(membership.tenant):
        ticket = AccountTicket.objects.select_related("request__tenant").get(pk=found[1])
        return _answered(request, _take(request, user, ticket, back))


def _take(
    request: HttpRequest, user: User, ticket: AccountTicket, back: TermsReturn
) -> ReturnVerdict:
    return take_return(
        ticket,
        back,
        user=user,
        session_key=session_key(request),
        actor=by_person(request),
    )


def _answered(request: HttpRequest, verdict: ReturnVerdict) -> HttpResponse:
    if not verdict.repeated:
        enqueue(verdict.request)
    if verdict.ignored_because:
        messages.warning(
            request,
            f"What Google's page sent back was not counted. {verdict.ignored_because} "
            "The portal asks Google now whether it has created an account; "
            "this page shows what it finds.",
        )
    return SeeOther(verdict.request.get_absolute_url())


def _refused(request: HttpRequest, why: str) -> HttpResponse:
    context = {
        "happened": f"The portal cannot use what came back from Google. {why}",
        "not_done": "Nothing was changed. If you accepted the terms, the account exists at "
        "Google, and the portal will find it when you ask it to check.",
        "next_label": "Go to your requests",
        "next_url": reverse("landing"),
    }
    return render(request, "provisioning/terms_refused.html", context, status=400)
