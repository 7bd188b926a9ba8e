"""Coming back from Google after signing in with it: allauth's page, and what it leaves open."""

from allauth.socialaccount.internal.statekit import get_states
from django.conf import settings
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import resolve_url

from accounts.web.methods import get_acts_once
from accounts.web.redirects import SeeOther
from portal.authentication.adapters import oauth2_callback


@get_acts_once
def google_sign_in_callback(request: HttpRequest) -> HttpResponseBase:
    """Finish the sign-in; delivered again after it succeeded, go where signing in leads."""
    known = request.GET.get("state", "") in get_states(request)
    if request.user.is_authenticated and not known:
        return SeeOther(resolve_url(settings.LOGIN_REDIRECT_URL))
    answer: HttpResponseBase = oauth2_callback(request)
    return answer


def closed(request: HttpRequest) -> HttpResponseBase:
    """No page: allauth's for a button of Google's own, of which no page of the portal has one.

    Whoever sent something there had the portal fetch Google's keys.

    Raises:
        Http404: always.
    """
    raise Http404
