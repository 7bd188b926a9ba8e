"""The end of a support view."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_POST

from accounts.audit.recording import by_staff
from accounts.staff.services.support import end_support
from accounts.web.redirects import SeeOther


@require_POST
@login_required
def support_end(request: HttpRequest) -> HttpResponse:
    """Close the support view of this session and go back to Django admin."""
    end_support(request.session, by_staff(request))
    return SeeOther(reverse("admin:index"))
