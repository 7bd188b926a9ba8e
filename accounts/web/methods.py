"""Which HTTP methods an address answers, where Django's own decorators do not say it."""

from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

View = Callable[[HttpRequest], HttpResponseBase]


def get_acts_once(view: View) -> View:
    """Allow GET, and answer HEAD without running `view`.

    For addresses whose GET has an effect because somebody else's protocol says so: what Google
    returns to. Link checkers and previews ask with HEAD; one would use up the answer that the
    browser is about to bring (RFC 9110 §9.2.1).
    """

    @wraps(view)
    def answered(request: HttpRequest) -> HttpResponseBase:
        if request.method == "HEAD":
            return HttpResponse(headers={"Cache-Control": "no-store"})
        return view(request)

    return require_safe(answered)
