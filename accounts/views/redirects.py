"""Redirects: where to, and never anywhere else."""

from django.http import HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme

from accounts.views.door import TenantRequest


class SeeOther(HttpResponseRedirect):
    """303: the answer to a form, and to an address that must not stay in the history."""

    status_code = 303


def safe_return_to(request: TenantRequest) -> str:
    """The address to come back to, if it is one of this tenant's pages; else nothing."""
    wanted = request.POST.get("return_to", "")[:500]
    inside = wanted.startswith(f"/t/{request.tenant.slug}/")
    safe = url_has_allowed_host_and_scheme(wanted, allowed_hosts=None)
    return wanted if inside and safe else ""
