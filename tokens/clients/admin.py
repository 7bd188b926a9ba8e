"""Staff's view of OAuth clients."""

from django.contrib import admin
from django.db.models import QuerySet

from accounts.audit.recording import Actor
from accounts.staff.admin_base import (
    ReadOnlyAdmin,
    staff_action,
)
from tokens.clients.models.client import OAuthClient
from tokens.clients.services.clients import resume_client
from tokens.clients.services.staff_actions import pause_client


@admin.register(OAuthClient)
class OAuthClientAdmin(ReadOnlyAdmin):
    """Client ids at Google."""

    list_display = ("name", "client_id", "tenant", "paused_at", "pause_reason", "removed_at")
    search_fields = ("name", "client_id", "tenant__slug")
    list_select_related = ("tenant",)
    actions = ("pause", "resume")

    @staff_action("Pause: ask Google nothing through it")
    def pause(self, rows: QuerySet[OAuthClient], actor: Actor) -> str:
        """Pause these until they are resumed."""
        done = sum(pause_client(row, actor) for row in rows)
        return f"{done} of {len(rows)} paused. No grant is touched."

    @staff_action("Resume")
    def resume(self, rows: QuerySet[OAuthClient], actor: Actor) -> str:
        """End the pause of these."""
        for row in rows:
            resume_client(row, actor)
        return f"{len(rows)} go on."
