"""Django admin as staff know it: a front page that says what needs them, and one search field."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, path

from accounts.audit.recording import by_staff
from accounts.members.policies import staff_may
from accounts.members.roles import StaffPower
from accounts.staff.services.support import SUPPORT_MINUTES, start_support
from accounts.tenancy.models import Tenant
from accounts.values.text import seen
from portal.pages.dashboard import verified_by_day
from portal.staff import dashboard
from portal.staff.search import find
from portal.staff.views import client
from portal.staff.views.emails import staff_mail_html, staff_mails
from provisioning.requests.services.outages import open_outages


class StaffSite(admin.AdminSite):
    """The one site of the staff. Sign-in is allauth's (see portal/urls.py)."""

    site_title = site_header = "Analytics Portal · staff"
    index_title = "What is in the house"
    index_template = "admin/staff_index.html"
    enable_nav_sidebar = False

    def get_urls(self) -> list[URLPattern | URLResolver]:
        """Django's pages, the search over all of them, and the way to a tenant's own."""
        ours = [
            # Before Django's, which does none of what the portal's does.
            path("password_change/", self.admin_view(self.own_password), name="password_change"),
            path("find/", self.admin_view(self.find), name="find"),
            path("mails/", self.admin_view(staff_mails), name="mails"),
            path("mails/html/", self.admin_view(staff_mail_html), name="mail-html"),
            *self._of_the_client(),
            path("support/<uuid:pk>/", self.admin_view(self.support), name="support"),
        ]
        return [*ours, *super().get_urls()]

    def _of_the_client(self) -> list[URLPattern]:
        """The portal's own OAuth client."""
        pages: dict[str, tuple[str, Callable[..., HttpResponse]]] = {
            "": ("", client.staff_client),
            "new/": ("-new", client.staff_client_new),
            "<uuid:pk>/secret/": ("-secret", client.staff_client_secret),
            "<uuid:pk>/check/": ("-check", client.staff_client_check),
            "<uuid:pk>/choose/": ("-choose", client.staff_client_choose),
            "<uuid:pk>/remove/": ("-remove", client.staff_client_remove),
            "secrets/<uuid:pk>/remove/": (
                "-secret-remove",
                client.staff_client_secret_remove,
            ),
        }
        return [
            path(f"portal-client/{page}", self.admin_view(view), name=f"portal-client{name}")
            for page, (name, view) in pages.items()
        ]

    def index(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        """Health, queues and stuck work before the list of tables."""
        if not staff_may(request.user, StaffPower.READ):
            return super().index(request, extra_context)
        spark = verified_by_day()
        may_act = staff_may(request.user, StaffPower.ACT)
        context = {
            "health": dashboard.health(),
            "queues": dashboard.queues(),
            "stuck": dashboard.stuck(),
            "outages": open_outages() if may_act else [],
            "funnel": dashboard.month_funnel(),
            "spark": spark,
            "verified": sum(spark),
        }
        return super().index(request, context | (extra_context or {}))

    def own_password(self, request: HttpRequest) -> HttpResponse:
        """Lead to the portal's page, which mails and records it and ends other sessions."""
        return redirect("account_change_password")

    def find(self, request: HttpRequest) -> HttpResponse:
        """Everything that the words name."""
        if not staff_may(request.user, StaffPower.READ):
            raise PermissionDenied
        words = request.GET.get("q", "")[:200]
        context = self.each_context(request) | {
            "title": "Find",
            "words": words,
            "hits": find(words),
        }
        return TemplateResponse(request, "admin/staff_find.html", context)

    def support(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """Ask why, then open the tenant's pages as a viewer sees them."""
        if not staff_may(request.user, StaffPower.READ):
            raise PermissionDenied
        tenant = get_object_or_404(Tenant, pk=pk)
        reason = seen(request.POST.get("reason", ""))
        if request.method == "POST" and reason:
            start_support(request.session, tenant, by_staff(request, reason[:200]))
            return redirect(tenant)
        context = self.each_context(request) | {
            "title": f"Support view of {tenant}",
            "tenant": tenant,
            "minutes": SUPPORT_MINUTES,
            "missing": request.method == "POST",
        }
        return TemplateResponse(request, "admin/staff_support.html", context)
