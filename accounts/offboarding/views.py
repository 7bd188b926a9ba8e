"""Pages where a person takes their data along or closes their account."""

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.audit.recording import by_person
from accounts.members.services.members import LastOwner
from accounts.offboarding.services.account_closure import (
    close_account,
    export_person,
    only_owner_of,
)
from accounts.users.models import User
from accounts.values.email_address import compared
from accounts.web.redirects import SeeOther


@require_safe
@login_required
def own_data(request: HttpRequest) -> HttpResponse:
    """What a person may do with their own data."""
    return _page(request, 200)


@require_POST
@login_required
def own_data_export(request: HttpRequest) -> HttpResponse:
    """The person's data as a file."""
    if not isinstance(request.user, User):
        return SeeOther(reverse("own-data"))
    data = export_person(request.user, by_person(request))
    response = JsonResponse(data, json_dumps_params={"indent": 2})
    response["Content-Disposition"] = 'attachment; filename="my-data.json"'
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@reauthentication_required  # type: ignore[untyped-decorator]  # allauth says nothing of it
def own_account_close(request: HttpRequest) -> HttpResponse:
    """Close the account, once its owner has signed in again and typed their address."""
    user = request.user
    if request.method != "POST":
        return _page(request, 200)
    if not isinstance(user, User) or compared(request.POST.get("email", "")) != user.email:
        return _page(request, 422, wrong=True)
    try:
        close_account(user, by_person(request))
    except LastOwner:
        return _page(request, 409)
    logout(request)
    messages.success(request, "Your account is closed. You are signed out everywhere.")
    return SeeOther(reverse("account_login"))


def _page(request: HttpRequest, status: int, *, wrong: bool = False) -> HttpResponse:
    user = request.user
    alone = only_owner_of(user) if isinstance(user, User) else []
    context = {"alone": alone, "wrong": wrong, "typed": request.POST.get("email", "")}
    return render(request, "accounts/own_data.html", context, status=status)
