"""Error pages: what happened, what was not done, one next step, a reference id."""

from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.audit import reference_id

# Addresses that people come to from a mail. They end with a token.
MAILED = ("/reconnect/", "/invitations/", "/mails/stop/")


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400, or 413 where it was only too much."""
    if isinstance(exception, (RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent)):
        return too_much(request)
    return _page(request, "400.html", 400)


def too_much(request: HttpRequest) -> HttpResponse:
    """413: larger, or more fields, than any page sends."""
    return _page(request, "413.html", 413)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403: the person is known, but their role does not allow it."""
    membership = getattr(exception, "membership", None)
    return _page(request, "403.html", 403, membership=membership)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403: the form was not sent from one of our pages, or its page was too old."""
    return _page(request, "403_csrf.html", 403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404: it does not exist, or not for this person; the answer is the same."""
    return _page(request, "404.html", 404, from_mail=request.path.startswith(MAILED))


def not_allowed(request: HttpRequest) -> HttpResponse:
    """405: the address only takes what its button sends."""
    return _page(request, "405.html", 405)


def server_error(request: HttpRequest) -> HttpResponse:
    """500: the portal's own fault."""
    return _page(request, "500.html", 500)


def _page(request: HttpRequest, template: str, status: int, **context: object) -> HttpResponse:
    return render(request, template, {"reference": reference_id(), **context}, status=status)
