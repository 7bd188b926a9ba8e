"""Coming back from Google after signing in with it: allauth's page, and what it leaves open."""

from allauth.socialaccount.internal.statekit import get_states
from allauth.socialaccount.providers.google.views import oauth2_callback
from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import resolve_url

from accounts.web.methods import get_acts_once
from accounts.web.redirects import SeeOther


@get_acts_once
def google_sign_in_callback(request: HttpRequest) -> HttpResponseBase:
    """Finish the sign-in; delivered again after it succeeded, go where signing in leads."""
    known = request.GET.get("state", "") in get_states(request)
    if request.user.is_authenticated and not known:
        return SeeOther(resolve_url(settings.LOGIN_REDIRECT_URL))
    answer: HttpResponseBase = oauth2_callback(request)
    return answer
