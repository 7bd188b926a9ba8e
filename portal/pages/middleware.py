"""Middleware of the whole building: reference ids and privacy headers."""

from collections.abc import Callable
from urllib.parse import unquote
from zoneinfo import ZoneInfo

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from accounts.audit.recording import reference_id
from accounts.values.locales import canonical_zone
from portal.operations.redaction import answering
from portal.pages.views.errors import MAILED, bad_request, not_allowed, too_much
from tokens.encryption.availability import PortalSealed

log = structlog.get_logger(__name__)

# These addresses carry codes and ticket ids (RFC 9700 §4.2). Those of `MAILED` carry tokens, but
# hold forms, so they keep the same-origin policy: with no-referrer a browser sends
# "Origin: null", and the form would be refused as forged.
_RETURNS = "/google/"
_NUL = "\x00"

Respond = Callable[[HttpRequest], HttpResponse]


class AnsweringMiddleware:
    """Lets whatever is logged meanwhile be redacted of what this request has sent."""

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with answering(request):
            return self.get_response(request)


class ZoneMiddleware:
    """Writes a page in the zone of the browser that reads it, as its cookie says.

    Staff pages are in UTC: what stands there is compared with logs.
    """

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        zone = canonical_zone(unquote(request.COOKIES.get("zone", "")))
        if not zone or request.path.startswith(reverse("admin:index")):
            zone = "UTC"
        with timezone.override(ZoneInfo(zone)):
            return self.get_response(request)


class ReferenceMiddleware:
    """Gives every answer the id under which its log lines and audit rows can be found."""

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response["X-Reference-Id"] = reference_id()
        return response


class CookiesMiddleware:
    """Leaves out cookies with characters that nobody here sets.

    Comes before everything that looks into them: PostgreSQL takes no NUL, not even to look for
    a session by it.
    """

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.COOKIES = {k: v for k, v in request.COOKIES.items() if v.isprintable()}
        return self.get_response(request)


class QueryMiddleware:
    """Refuses an address with a NUL in it, which no link and no form of the portal makes.

    In forms, fields say that themselves.
    """

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        named = (text for name, values in request.GET.lists() for text in (name, *values))
        if any(_NUL in text for text in (request.path_info, *named)):
            return bad_request(request)
        return self.get_response(request)


class SizeMiddleware:
    """Refuses what is larger than anything that a page sends, before any of it is read.

    Django's own limits count fields, and leave files to the disk.
    """

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        length = request.META.get("CONTENT_LENGTH") or "0"
        if not length.isdigit() or int(length) > settings.REQUEST_MAX_BYTES:
            return too_much(request)
        return self.get_response(request)


class PrivacyHeadersMiddleware:
    """Keeps what pages know out of caches and out of other sites' logs."""

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault(
            "Permissions-Policy", "camera=(), geolocation=(), microphone=()"
        )
        if request.path.startswith(_RETURNS):
            response.headers["Referrer-Policy"] = "no-referrer"
        if request.path.startswith((_RETURNS, *MAILED)):
            response.headers.setdefault("Cache-Control", "no-store")
        if "Cache-Control" not in response.headers and request.user.is_authenticated:
            response.headers["Cache-Control"] = "no-store"
        return response


class ButtonMiddleware:
    """Gives who opens a button's address by itself a page; Django's own 405 is empty."""

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if not isinstance(response, HttpResponseNotAllowed) or response.content:
            return response
        page = not_allowed(request)
        page["Allow"] = response["Allow"]
        return page


class SealedMiddleware:
    """Answers 503, and says calmly why, when a page needs a secret while the portal is sealed."""

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Only for what the missing key explains."""
        if not isinstance(exception, PortalSealed):
            return None
        log.warning("a page needs a secret while the portal is sealed", why=str(exception))
        response = render(request, "sealed.html", status=503)
        response["Retry-After"] = "300"
        return response
