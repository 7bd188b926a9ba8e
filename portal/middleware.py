"""Middleware of the whole building: reference ids and privacy headers."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from accounts.audit import reference_id

# These addresses carry codes, ticket ids and link tokens (RFC 9700 §4.2).
_TELLING = ("/google/", "/reconnect/")

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
        if request.path.startswith(_TELLING):
            response.headers["Referrer-Policy"] = "no-referrer"
            response.headers.setdefault("Cache-Control", "no-store")
        if "Cache-Control" not in response.headers and request.user.is_authenticated:
            response.headers["Cache-Control"] = "no-store"
        return response
