"""How django-allauth is fitted into the portal."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin
from django.core.mail import EmailMultiAlternatives
from django.http import HttpRequest

from accounts.audit import Actor, by_person, record
from accounts.events import ActorKind, Event
from accounts.models import User
from accounts.services.letters import html_of


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth is untyped
    """Records who signed up and who signed in."""

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
        response = super().post_login(request, user, **kwargs)
        record(Event.USER_SIGNED_IN, by_person(request), target=user)
        return response

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """Under what wrong passwords are counted: the person alone.

        The host that a request names, which allauth counts under too, is the client's to
        choose: with another port each time there would be no limit.
        """
        return str(credentials.get("email", "")).lower()

    def render_mail(
        self,
        template_prefix: str,
        email: str,
        context: dict[str, Any],
        headers: dict[str, str] | None = None,
    ) -> EmailMultiAlternatives:
        """The mail as text, and as HTML that says the same."""
        mail: EmailMultiAlternatives = super().render_mail(template_prefix, email, context, headers)
        mail.attach_alternative(html_of(str(mail.body)), "text/html")
        return mail


class SocialAccountAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]  # untyped
    """Lets Google say who somebody is, and nothing more."""

    def populate_user(
        self, request: HttpRequest, sociallogin: SocialLogin, data: dict[str, Any]
    ) -> User:
        """Take the name over from Google."""
        user: User = super().populate_user(request, sociallogin, data)
        user.name = " ".join(
            part for part in (data.get("first_name"), data.get("last_name")) if part
        )[:150]
        return user
