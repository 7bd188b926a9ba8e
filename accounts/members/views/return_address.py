"""Where a form leads back to: a page of its own tenant, or nowhere."""

from django.utils.http import url_has_allowed_host_and_scheme

from accounts.members.views.decorators import TenantRequest


def safe_return_to(request: TenantRequest) -> str:
    """The address to come back to, if it is one of this tenant's pages; else nothing."""
    wanted = request.POST.get("return_to", "")[:500]
    inside = wanted.startswith(f"/t/{request.tenant.slug}/")
    safe = url_has_allowed_host_and_scheme(wanted, allowed_hosts=None)
    return wanted if inside and safe else ""
