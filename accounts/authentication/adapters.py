"""How django-allauth is fitted into the portal."""

import time
from datetime import UTC
from typing import Any

from allauth.account import app_settings
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.manage_email import assess_unique_email
from allauth.core import context as allauth_context
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin
from allauth.socialaccount.providers.base import AuthProcess
from django.conf import settings
from django.contrib import messages
from django.contrib.sites.shortcuts import get_current_site
from django.core.mail import EmailMultiAlternatives
from django.http import HttpRequest, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode

from accounts.audit.events import ActorKind, Event
from accounts.audit.recording import Actor, by_person, record
from accounts.authentication.policies import SIGNED_IN_AT, sets_up_first_step
from accounts.authentication.second_steps import kinds_of, named
from accounts.authentication.services.auditing import password_refused
from accounts.email.services.delivery import deliver
from accounts.email.services.rendering import Extras, composed, plain
from accounts.users.models import User
from accounts.values.email_address import compared, shown
from accounts.values.text import seen

_MFA = "allauth.mfa"
_HAS_AN_ACCOUNT = (
    "You already have an account for {email}, and don't sign in to it with Google yet. Sign in "
    "with your password, a passkey or a code by e-mail. Then you can add Google sign-in."
)
_UNSENT = "mail_was_not_sent"
_NOT_SENT = "No mail could be sent to {} just now. Try again in a few minutes."
_ON_ITS_WAY = "email_confirmation_sent.txt"
# What allauth's mails may lead to.
_LINKS = ("activate_url", "password_reset_url", "signup_url")
# For how many seconds the code in a mail works.
_LASTS: dict[str, int] = {
    "account/email/email_confirmation": app_settings.EMAIL_VERIFICATION_BY_CODE_TIMEOUT,
    "account/email/email_confirmation_signup": app_settings.EMAIL_VERIFICATION_BY_CODE_TIMEOUT,
    "account/email/login_code": app_settings.LOGIN_BY_CODE_TIMEOUT,
    "account/email/password_reset_code": app_settings.PASSWORD_RESET_BY_CODE_TIMEOUT,
}


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth is untyped
    """Records who signed up and who signed in, and says when who somebody is must be proven."""

    def save_user(self, request: HttpRequest, user: User, form: Any, **options: Any) -> User:
        """Save a new person and record it."""
        saved: User = super().save_user(request, user, form, **options)
        if not saved._state.adding:
            who = by_person(request)
            actor = Actor(ActorKind.PERSON, saved, who.ip, who.user_agent)
            record(Event.USER_SIGNED_UP, actor, target=saved)
        return saved

    def post_login(self, request: HttpRequest, user: User, **kwargs: Any) -> Any:
        """Record the sign-in once it is complete."""
        request.session[SIGNED_IN_AT] = time.time()
        response = super().post_login(request, user, **kwargs)
        record(Event.USER_SIGNED_IN, by_person(request), target=user)
        return response

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """Record that a password was refused."""
        super().authentication_failed(request, **credentials)
        password_refused(request, str(credentials.get("email", "")))

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Whether to ask once more who somebody is; not for the first second step of a sign-in."""
        if app == _MFA and sets_up_first_step(self.request):
            return False
        return bool(super().is_reauthentication_required(app=app, **kwargs))

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        """The ways to prove who one is, by what the person has set up."""
        methods = super().get_reauthentication_methods(user)
        return named(methods, kinds_of(user)) if methods else []

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """Under what wrong passwords are counted: the person alone.

        The host that a request names, which allauth counts under too, is the client's to
        choose: with another port each time there would be no limit.
        """
        return compared(str(credentials.get("email", "")))

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send a mail to somebody who waits for it; say so if it could not be sent."""
        request = allauth_context.request
        said = {"request": request, "email": email, "current_site": get_current_site(request)}
        if deliver(lambda: self.render_mail(template_prefix, email, {**said, **context})):
            setattr(request, _UNSENT, True)
            messages.error(request, _NOT_SENT.format(shown(email)))

    def add_message(self, request: HttpRequest, level: int, *args: Any, **options: Any) -> None:
        """Say what allauth says, but not that a mail is on its way when it is not."""
        template = str(options.get("message_template") or (args[0] if args else ""))
        if not (template.endswith(_ON_ITS_WAY) and getattr(request, _UNSENT, False)):
            super().add_message(request, level, *args, **options)

    def render_mail(
        self,
        template_prefix: str,
        email: str,
        context: dict[str, Any],
        headers: dict[str, str] | None = None,
    ) -> EmailMultiAlternatives:
        """The mail as text, and as HTML that says the same.

        What browsers and people say of themselves is taken as words, nothing more.
        """
        said = {
            name: plain(_readable(name, value))
            if isinstance(value, str) and name not in _LINKS
            else value
            for name, value in context.items()
        }
        said.setdefault("password_reset_url", _address("account_reset_password"))
        said["minutes"] = _LASTS.get(template_prefix, 0) // 60
        # Mails name their zone themselves, whichever the page that causes them is shown in.
        with timezone.override(UTC):
            mail = super().render_mail(template_prefix, email, said, headers)
        links = (str(said.get(name, "")) for name in _LINKS)
        link = next((one for one in links if one and f"\n{one}\n" in f"{mail.body}\n"), "")
        extras = Extras(headers=headers)
        return composed(str(mail.subject), str(mail.body), mail.to, link=link, extras=extras)


def _readable(name: str, value: str) -> str:
    """Addresses with the letters of their domains; everything else as it is."""
    return shown(value) if name.endswith("email") else value


def _address(name: str) -> str:
    return f"{settings.BASE_URL}{reverse(name)}"


class SocialAccountAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]  # untyped
    """Lets Google say who somebody is, and nothing more."""

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Tell whoever has an account here, but never signed in to it with Google, how to go on.

        allauth would speak of a code in a mail, and send a mail without one. That somebody has
        an account is told to nobody but whom Google has proven to own the address.

        Raises:
            ImmediateHttpResponse: it leads to the page for signing in.
        """
        for address in sociallogin.email_addresses:
            address.email = compared(address.email)
        super().pre_social_login(request, sociallogin)
        if sociallogin.is_existing or sociallogin.state.get("process") != AuthProcess.LOGIN:
            return
        email = next((one.email for one in sociallogin.email_addresses if one.verified), "")
        if not email or assess_unique_email(email):
            return
        messages.info(request, _HAS_AN_ACCOUNT.format(email=shown(email)))
        then = urlencode({"next": reverse("socialaccount_connections")})
        raise ImmediateHttpResponse(HttpResponseRedirect(f"{reverse('account_login')}?{then}"))

    def populate_user(
        self, request: HttpRequest, sociallogin: SocialLogin, data: dict[str, Any]
    ) -> User:
        """Take the name over from Google."""
        user: User = super().populate_user(request, sociallogin, data)
        parts = (data.get("first_name"), data.get("last_name"))
        user.name = seen(" ".join(part for part in parts if part))[:150]
        user.email = compared(user.email)
        return user
