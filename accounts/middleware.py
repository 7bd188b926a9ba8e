"""Staff see all tenants, and only below `/admin/`."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from accounts.models import User
from accounts.tenancy import across_tenants


class StaffScopeMiddleware:
    """Opens every tenant's data for Django admin, for signed-in staff and nobody else."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.prefix = reverse("admin:index")

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request."""
        user = request.user
        if isinstance(user, User) and user.is_staff and request.path.startswith(self.prefix):
            with across_tenants():
                return self.get_response(request)
        return self.get_response(request)
