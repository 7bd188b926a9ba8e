"""What an organisation is called, where answers go, and how its members sign in."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from accounts.audit.recording import by_person
from accounts.members.forms import TenantSettingsForm
from accounts.members.roles import Power
from accounts.members.services.tenants import change_tenant
from accounts.members.views.decorators import TenantRequest, member_view
from accounts.tenancy.models import Tenant
from accounts.web.redirects import SeeOther


@require_http_methods(["GET", "HEAD", "POST"])
@member_view(Power.TENANT_MANAGE)
def tenant_settings(request: TenantRequest) -> HttpResponse:
    """Show and change the settings of the organisation."""
    # A copy: a form writes into its object before anybody knows that it is valid.
    row = Tenant.objects.get(pk=request.tenant.pk)
    form = TenantSettingsForm(request.POST or None, instance=row)
    if form.is_valid():
        changed = change_tenant(request.tenant, by_person(request), **form.cleaned_data)
        messages.success(request, "Saved." if changed else "Nothing was different.")
        return SeeOther(reverse("tenant-settings", args=[request.tenant.slug]))
    status = 422 if form.is_bound else 200
    return render(request, "accounts/settings.html", {"form": form}, status=status)
