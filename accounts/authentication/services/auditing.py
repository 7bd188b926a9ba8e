"""Records how people's ways to sign in change. Receivers of allauth's signals, which do it."""

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialLogin
from django.http import HttpRequest

from accounts.audit.events import ActorKind, Event
from accounts.audit.recording import Actor, by_person, differing, record
from accounts.users.models import User
from accounts.values.email_address import compared


def _by(request: HttpRequest, user: User) -> Actor:
    """The person themself: who resets a password is not signed in yet."""
    who = by_person(request)
    return Actor(ActorKind.PERSON, user, who.ip, who.user_agent)


def password_changed(request: HttpRequest, user: User, **_: object) -> None:
    """A password was set, changed or reset."""
    record(Event.USER_PASSWORD_SET, _by(request, user), target=user)


def address_changed(
    request: HttpRequest,
    user: User,
    from_email_address: EmailAddress | None,
    to_email_address: EmailAddress,
    **_: object,
) -> None:
    """Another address is the one that the person signs in with."""
    before = from_email_address.email if from_email_address else ""
    changed = differing({"email": before}, {"email": to_email_address.email})
    record(Event.USER_EMAIL_CHANGED, _by(request, user), target=user, **changed)


def address_removed(
    request: HttpRequest, user: User, email_address: EmailAddress, **_: object
) -> None:
    """An address is none of the person's any more."""
    record(Event.USER_EMAIL_REMOVED, _by(request, user), target=user, email=email_address.email)


def second_step_added(
    request: HttpRequest, user: User, authenticator: Authenticator, **_: object
) -> None:
    """A passkey, an authenticator app or recovery codes."""
    kind = authenticator.get_type_display()
    record(Event.USER_SECOND_STEP_ADDED, _by(request, user), target=user, kind=kind)


def second_step_removed(
    request: HttpRequest, user: User, authenticator: Authenticator, **_: object
) -> None:
    """One that was there signs nobody in any more."""
    kind = authenticator.get_type_display()
    record(Event.USER_SECOND_STEP_REMOVED, _by(request, user), target=user, kind=kind)


def second_step_renewed(
    request: HttpRequest, user: User, authenticator: Authenticator, **_: object
) -> None:
    """New recovery codes; those from before do not work any more."""
    kind = authenticator.get_type_display()
    record(Event.USER_SECOND_STEP_RENEWED, _by(request, user), target=user, kind=kind)


def password_refused(request: HttpRequest, address: str) -> None:
    """Somebody typed a password that is not the one of `address`.

    Recorded of addresses that nobody here has too, without the address: it may be a
    password in the wrong field, and who times the answers learns nothing from them.
    """
    person = User.objects.filter(email=compared(address)).first()
    _refused(request, person, "password")


def code_refused(request: HttpRequest, user: User, **_: object) -> None:
    """Somebody typed a code that was not the one in the mail to `user`."""
    _refused(request, user, "code by e-mail")


def second_step_refused(
    request: HttpRequest, user: User | None, authenticator: Authenticator, **_: object
) -> None:
    """Somebody came as far as the second step of `user`, and no further."""
    _refused(request, user, authenticator.get_type_display())


def _refused(request: HttpRequest, person: User | None, step: str) -> None:
    # Nobody has proven to be that person: it is what was tried, not who did it.
    record(Event.USER_SIGN_IN_REFUSED, by_person(request), target=person, step=step)


def google_added(request: HttpRequest, sociallogin: SocialLogin, **_: object) -> None:
    """Whoever is signed in at Google as this account is signed in here."""
    user, account = sociallogin.user, sociallogin.account
    record(Event.USER_GOOGLE_ADDED, _by(request, user), target=user, sub=account.uid)


def google_removed(request: HttpRequest, socialaccount: SocialAccount, **_: object) -> None:
    """The Google account opens nothing here any more."""
    user = socialaccount.user
    record(Event.USER_GOOGLE_REMOVED, _by(request, user), target=user, sub=socialaccount.uid)
