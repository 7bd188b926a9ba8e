"""Which of django-allauth's limits stopped a page, in words. It only answers 429 itself."""

from dataclasses import dataclass

from allauth.core.internal import ratelimit
from allauth.core.internal.ratelimit import Rate
from django.http import HttpRequest

_APP = "allauth.account"
_PERIODS = {1: "second", 60: "minute", 3600: "hour", 86_400: "day"}
# What each page counts, in the order in which it does, and how that is called.
_COUNTED: dict[str, tuple[tuple[str, str], ...]] = {
    "account_login": (("login", "sign-ins"), ("confirm_email", "codes")),
    "account_signup": (("signup", "sign-ups"), ("confirm_email", "codes")),
    "account_signup_by_passkey": (("signup", "sign-ups"), ("confirm_email", "codes")),
    "account_email": (("manage_email", "changes of addresses"), ("confirm_email", "codes")),
    "account_email_verification_sent": (("confirm_email", "codes"),),
    "account_change_password": (("change_password", "changes of the password"),),
    "account_set_password": (("change_password", "changes of the password"),),
    "account_reset_password": (("reset_password", "codes for a new password"),),
    "account_reset_password_from_key": (("reset_password_from_key", "new passwords"),),
    "account_confirm_password_reset_code": (("reset_password_from_key", "new passwords"),),
    "account_reauthenticate": (("reauthenticate", "confirmations"),),
    "mfa_reauthenticate": (("reauthenticate", "confirmations"),),
    "mfa_reauthenticate_webauthn": (("reauthenticate", "confirmations"),),
    "account_request_login_code": (("request_login_code", "codes to sign in"),),
}
_BY = {
    "ip": "{most} {what} in {period} came from your network, which is as many as the portal takes.",
    "user": "You reached the limit of {most} {what} in {period}.",
    "key": "The limit of {most} {what} for this address in {period} is reached.",
}


@dataclass(frozen=True, slots=True)
class Reached:
    """A limit that was reached: what happened, and how long to wait at most."""

    words: str
    wait: str


def reached(request: HttpRequest) -> Reached | None:
    """The limit that stopped this page; None if it was none that the page is known for."""
    match = request.resolver_match
    counted = _COUNTED.get(match.view_name, ()) if match is not None else ()
    key = request.POST.get("email") or request.POST.get("login") or ""
    found = (reached_by(request, action, what, key) for action, what in counted)
    return next((one for one in found if one), None)


def reached_by(request: HttpRequest, action: str, what: str, key: str) -> Reached | None:
    """The limit of one action that is reached, for the address `key`."""
    for rate in ratelimit.get_rates(app=_APP, action=action):
        if _is_full(request, action, rate, key):
            return _in_words(rate, what)
    return None


def _is_full(request: HttpRequest, action: str, rate: Rate, key: str) -> bool:
    known = {"key": bool(key), "user": request.user.is_authenticated}
    if not known.get(rate.per, True):
        return False
    options = {"app": _APP, "action": action, "rate": rate, "key": key.strip().lower()}
    # Nothing public asks about one rate of several.
    usage = ratelimit._consume_single_rate(request, **options, dry_run=True)  # noqa: SLF001  # see above
    return usage is None


def _in_words(rate: Rate, what: str) -> Reached:
    seconds = round(rate.duration)
    period = f"one {_PERIODS[seconds]}" if seconds in _PERIODS else f"{seconds} seconds"
    if seconds not in _PERIODS and seconds % 60 == 0:
        period = f"{seconds // 60} minutes"
    words = _BY[rate.per].format(most=rate.amount, what=what, period=period)
    return Reached(words, period)
