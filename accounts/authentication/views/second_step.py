"""Leads people to a second step, and brings them back to where they wanted to be."""

from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.models import Authenticator
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode

from accounts.authentication.policies import second_steps_of
from accounts.users.models import User

# Where a session keeps the page that opens once a second step is set up.
GO_ON = "go_on_after_second_step"


def to_set_up(request: HttpRequest, why: str) -> HttpResponse:
    """To the page that sets one up, which then offers the way back."""
    request.session[GO_ON] = request.get_full_path()
    messages.info(request, why)
    return redirect("mfa_index")


def to_take(request: HttpRequest, user: User, why: str) -> HttpResponse:
    """To the page that asks for one that `user` has, or that sets one up; and back."""
    kinds = second_steps_of(user)
    if not kinds:
        return to_set_up(request, why)
    has_app = Authenticator.Type.TOTP in kinds
    name = "mfa_reauthenticate" if has_app else "mfa_reauthenticate_webauthn"
    return redirect(f"{reverse(name)}?{urlencode({'next': request.get_full_path()})}")


def arrived(request: HttpRequest) -> None:
    """The person is where they wanted to be: the way back is offered no longer."""
    request.session.pop(GO_ON, None)


def set_up(request: HttpRequest, user: User, authenticator: Authenticator, **_: object) -> None:
    """Whoever has just set up a second step in this session has taken it, too.

    A receiver of allauth's `authenticator_added`.
    """
    kind, pk = authenticator.type, authenticator.pk
    record_authentication(request, user, "mfa", id=pk, type=kind)
