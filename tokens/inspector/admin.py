"""Staff's view of the record of exchanges."""

from typing import Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from accounts.staff.admin_base import ReadOnlyAdmin, ValuesFilter
from tokens.exchanges.models import Exchange


@admin.register(Exchange)
class ExchangeAdmin(ReadOnlyAdmin):
    """What was said to Google and what it answered, redacted."""

    list_display = ("created_at", "method", "url", "status", "error", "duration_ms", "tenant")
    list_filter = ("status", ("error", ValuesFilter), "method")
    search_fields = ("url", "reference", "subject", "connection__email", "tenant__slug")
    date_hierarchy = "created_at"
    list_select_related = ("tenant",)

    def get_fields(self, request: HttpRequest, obj: models.Model | None = None) -> Any:
        """With a link where Django would show a bare id."""
        return ["done_for" if name == "subject" else name for name in super().get_fields(request)]

    @admin.display(description="done for")
    def done_for(self, row: Exchange) -> str:
        """The request or the flow, which the portal's search knows by its id."""
        if row.subject is None:
            return "-"
        return format_html(
            '<a href="{}?q={}">{}</a>', reverse("admin:find"), row.subject, row.subject
        )
