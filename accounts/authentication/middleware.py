"""Keeps when browsers are used; lets staff see all tenants, after a second step."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from accounts.authentication.policies import took_second_step
from accounts.authentication.services.sessions import note_use
from accounts.authentication.views.second_step import arrived, to_take
from accounts.tenancy.scope import across_tenants
from accounts.users.models import User

_WHY = (
    "Staff pages open with a second step. "
    "Add a passkey or set up an authenticator app here, then go on."
)


class BrowserInUseMiddleware:
    """Keeps when each signed-in browser was last used, and from where."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            note_use(request)
        return self.get_response(request)


class StaffScopeMiddleware:
    """Opens every tenant's data for Django admin, for signed-in staff and nobody else."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.prefix = reverse("admin:index")

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        if isinstance(user, User) and user.is_staff and request.path.startswith(self.prefix):
            if not took_second_step(request):
                return to_take(request, user, _WHY)
            arrived(request)
            with across_tenants():
                return self.get_response(request)
        return self.get_response(request)
