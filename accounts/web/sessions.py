"""The browser's session, as flows and tickets remember it."""

from django.http import HttpRequest


def session_key(request: HttpRequest) -> str:
    """The key of the browser's session; empty for one that has none yet."""
    return request.session.session_key or ""
