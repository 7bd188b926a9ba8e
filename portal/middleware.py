"""Middleware of the whole building: reference ids and privacy headers."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from accounts.audit import reference_id

# These addresses carry codes and ticket ids (RFC 9700 §4.2).
_RETURNS = "/google/"
# These carry tokens. They hold a form, so they keep the same-origin policy: with
# no-referrer a browser sends "Origin: null", and the form would be refused as forged.
_LINKS = "/reconnect/"

Respond = Callable[[HttpRequest], HttpResponse]


class ReferenceMiddleware:
    """Gives every answer the id under which its log lines and audit rows can be found."""

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request."""
        response = self.get_response(request)
        response["X-Reference-Id"] = reference_id()
        return response


class PrivacyHeadersMiddleware:
    """Keeps what pages know out of caches and out of other sites' logs."""

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request."""
        response = self.get_response(request)
        response.headers.setdefault(
            "Permissions-Policy", "camera=(), geolocation=(), microphone=()"
        )
        if request.path.startswith(_RETURNS):
            response.headers["Referrer-Policy"] = "no-referrer"
        if request.path.startswith((_RETURNS, _LINKS)):
            response.headers.setdefault("Cache-Control", "no-store")
        if "Cache-Control" not in response.headers and request.user.is_authenticated:
            response.headers["Cache-Control"] = "no-store"
        return response
