"""Pages about organisations."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts.audit.recording import by_person
from accounts.members.forms import TenantForm
from accounts.members.services.tenants import create_tenant
from accounts.users.models import User


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def tenant_new(request: HttpRequest) -> HttpResponse:
    """Create an organisation; the person becomes its owner."""
    form = TenantForm(request.POST or None)
    user = request.user
    if isinstance(user, User) and form.is_valid():
        tenant = create_tenant(name=form.cleaned_data["name"], owner=user, actor=by_person(request))
        return redirect(tenant)
    status = 422 if form.is_bound else 200
    return render(request, "accounts/tenant_new.html", {"form": form}, status=status)
