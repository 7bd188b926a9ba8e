"""Error pages: what happened, what was not done, one next step.

A reference id stands on those alone under which staff find something.
"""

import sys

import structlog
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string

from accounts.audit.recording import reference_id
from accounts.authentication.reached_limits import reached
from accounts.staff.services.error_reports import report_error

log = structlog.get_logger(__name__)

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


def too_many(request: HttpRequest) -> HttpResponse:
    """429: a limit was reached; which one, the page says."""
    return _page(request, "429.html", 429, reached=reached(request))


def server_error(request: HttpRequest) -> HttpResponse:
    """500: the portal's own fault, which is kept for staff."""
    error = sys.exc_info()[1]
    if error is not None:
        report_error(error, page_name(request))
    context = {"reference": reference_id()}
    try:
        return render(request, "500.html", context, status=500)
    except Exception:
        # What failed may be what the shell of every page needs: the database, a session.
        log.exception("the error page of an error failed as well")
        return HttpResponse(render_to_string("500.html", context), status=500)


def page_name(request: HttpRequest) -> str:
    """The route of a page. Never its address, which may carry a token."""
    match = request.resolver_match
    return f"{request.method} {match.view_name if match else 'no route'}"


def _page(request: HttpRequest, template: str, status: int, **context: object) -> HttpResponse:
    return render(request, template, context, status=status)
