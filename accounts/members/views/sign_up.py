"""Signing up and in: allauth's pages, with the address that an invitation is for filled in."""

from typing import Any

from allauth.account import views
from django.http import HttpRequest

from accounts.email.link_tokens import digest

_INVITED = "invited"


def remember_invited(request: HttpRequest, email: str) -> None:
    """Note whom the invitation on this page is for; of its address only a hash is kept."""
    request.session[_INVITED] = [digest(request.path), email]


def invited_address(request: HttpRequest) -> str:
    """The address of the invitation that this page leads back to; empty without one."""
    page, email = request.session.get(_INVITED) or ("", "")
    leads_to = request.POST.get("next") or request.GET.get("next", "")
    return str(email) if leads_to and digest(leads_to) == page else ""


class _Invited:
    """Begins its form with the address that was invited, in the field of this name."""

    request: HttpRequest
    address_field = "email"

    def get_initial(self) -> dict[str, Any]:
        """What the form begins with."""
        initial: dict[str, Any] = super().get_initial()  # type: ignore[misc]  # untyped
        invited = invited_address(self.request)
        return {self.address_field: invited, **initial} if invited else initial


class SignUp(_Invited, views.SignupView):  # type: ignore[misc]  # allauth is untyped
    """A new account with a password."""


class SignUpByPasskey(_Invited, views.SignupByPasskeyView):  # type: ignore[misc]  # untyped
    """A new account with a passkey."""


class SignIn(_Invited, views.LoginView):  # type: ignore[misc]  # allauth is untyped
    """Somebody who has an account."""

    address_field = "login"


class AskForCode(_Invited, views.RequestLoginCodeView):  # type: ignore[misc]  # untyped
    """A mailed code in place of the password."""


sign_up = SignUp.as_view()
sign_up_by_passkey = SignUpByPasskey.as_view()
sign_in = SignIn.as_view()
ask_for_code = AskForCode.as_view()
