"""`/.well-known/security.txt`: whom to tell about a weakness (RFC 9116)."""

from datetime import UTC, timedelta

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

_DAYS = 90


@require_safe
def security_txt(request: HttpRequest) -> HttpResponse:
    """The contact of SECURITY_CONTACT; without one there is no such page."""
    if not settings.SECURITY_CONTACT:
        raise Http404
    expires = timezone.now().astimezone(UTC).replace(microsecond=0) + timedelta(days=_DAYS)
    lines = [
        f"Contact: {settings.SECURITY_CONTACT}",
        f"Expires: {expires.isoformat().replace('+00:00', 'Z')}",
        f"Canonical: {settings.BASE_URL}/.well-known/security.txt",
        "Preferred-Languages: en",
    ]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")
