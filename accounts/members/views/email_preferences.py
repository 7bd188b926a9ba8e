"""Pages where a person says which mails they want, signed in or by the link in a mail."""

from dataclasses import dataclass, replace

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from accounts.audit.recording import by_person
from accounts.email.types import REFUSABLE, TOPICS, About, Topic
from accounts.members.models.membership import Membership
from accounts.members.services.email_preferences import (
    NotAStopLink,
    Stopped,
    choose,
    read_stop,
    resume,
    stop,
)
from accounts.tenancy.models import Tenant
from accounts.users.models import User
from accounts.values.text import seen
from accounts.web.redirects import SeeOther


@dataclass(frozen=True, slots=True)
class Choice:
    """One topic as a box to tick."""

    topic: Topic
    about: About
    wanted: bool
    is_off_everywhere: bool = False


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def own_mails(request: HttpRequest) -> HttpResponse:
    """Which mails the person gets, from all organisations or from the one that `in` names."""
    user = request.user
    if not isinstance(user, User):
        raise Http404
    membership = _membership(user, request.POST if request.method == "POST" else request.GET)
    if request.method == "POST":
        wanted = [Topic(one) for one in request.POST.getlist("wanted") if one in REFUSABLE]
        changed = choose(membership or user, wanted, by_person(request))
        messages.success(request, "Saved." if changed else "Nothing was different.")
        chosen = f"?in={membership.tenant.slug}" if membership else ""
        return SeeOther(f"{reverse('own-mails')}{chosen}")
    context = {
        "choices": _choices(user, membership),
        "always": [about for about in TOPICS.values() if about.always and about.is_for_people],
        "membership": membership,
        "tenants": Tenant.objects.of(user),
    }
    return render(request, "accounts/own_mails.html", context)


def _membership(user: User, said: QueryDict) -> Membership | None:
    slug = seen(said.get("in", ""))
    if not slug:
        return None
    own = Membership.objects.select_related("tenant", "user").filter(tenant__erased_at=None)
    return get_object_or_404(own, user=user, tenant__slug=slug)


def _choices(user: User, membership: Membership | None) -> list[Choice]:
    off = set(membership.unwanted_mails if membership else user.unwanted_mails)
    everywhere = set(user.unwanted_mails) if membership else set()
    return [
        Choice(topic, TOPICS[topic], topic not in off, topic in everywhere) for topic in REFUSABLE
    ]


@require_http_methods(["GET", "HEAD", "POST"])
@csrf_exempt
def mails_stop(request: HttpRequest, token: str) -> HttpResponse:
    """Stop one topic's mails from one organisation, without signing in.

    A mail program's own button posts here with neither a cookie nor a page before it
    (RFC 8058), so the link itself is the permission, and looking at it changes nothing.
    """
    try:
        stopped = read_stop(token)
    except NotAStopLink as error:
        raise Http404 from error
    if request.method == "POST":
        _stop_or_resume(request, stopped)
    row, topic = stopped.membership, stopped.topic
    context = {
        "tenant": row.tenant,
        "email": row.user.email,
        "about": TOPICS[topic],
        "wanted": topic not in row.unwanted_mails,
        "done": request.method == "POST",
    }
    return render(request, "accounts/mails_stop.html", context)


def _stop_or_resume(request: HttpRequest, stopped: Stopped) -> None:
    actor = replace(by_person(request), user=stopped.membership.user)
    act = resume if "resume" in request.POST else stop
    act(stopped, actor)
