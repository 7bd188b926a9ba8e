"""Where a person is signed in, and signing out there."""

from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from accounts.audit.recording import by_person
from accounts.authentication.services.sessions import browsers_of, sign_out
from accounts.users.models import User
from accounts.web.redirects import SeeOther

# What the buttons send; any other value is the id of one browser.
_OTHERS, _ALL = "others", "all"


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def browsers(request: HttpRequest) -> HttpResponse:
    """The browsers in which the person is signed in; a POST signs out some of them."""
    if not isinstance(request.user, User):
        raise Http404
    if request.method == "POST":
        return _sign_out(request, request.user)
    rows = browsers_of(request.user)
    here = request.session.session_key
    context = {"browsers": [(row, row.session_key == here) for row in rows]}
    return render(request, "usersessions/usersession_list.html", context)


def _sign_out(request: HttpRequest, user: User) -> HttpResponse:
    which, here = request.POST.get("browser", ""), request.session.session_key
    rows = browsers_of(user)
    if which == _OTHERS:
        rows = [row for row in rows if row.session_key != here]
    elif which != _ALL:
        rows = [row for row in rows if str(row.pk) == which]
        if not rows:
            raise Http404
    sign_out(rows, user, by_person(request))
    if any(row.session_key == here for row in rows):
        logout(request)
        messages.success(request, _said(which))
        return SeeOther(reverse("account_login"))
    messages.success(request, _said(which))
    return SeeOther(reverse("usersessions_list"))


def _said(which: str) -> str:
    if which == _ALL:
        return "You are signed out everywhere."
    if which == _OTHERS:
        return "You are signed out everywhere else."
    return "That browser is signed out."
