"""Staff's view of keys: which exist and how rotations go, never what the keys are."""

from django.contrib import admin
from django.db.models import QuerySet
from django.utils.html import format_html

from accounts.audit.recording import Actor
from accounts.staff.admin_base import ReadOnlyAdmin, staff_action
from tokens.encryption.availability import PortalSealed
from tokens.encryption.models.master_key import KeyReport, MasterKey
from tokens.encryption.models.restore_hold import RestoreHold
from tokens.encryption.models.rotation import KeyRotation, RotationKind
from tokens.encryption.models.tenant_key import TenantKey
from tokens.encryption.services.master_keys import NotYet, promote, retire
from tokens.encryption.services.rotation import (
    open_rotations,
    pause,
    resume,
    start_reseal,
    start_rewrap,
)


@admin.register(TenantKey)
class TenantKeyAdmin(ReadOnlyAdmin):
    """Data keys."""

    list_display = ("kid", "tenant", "version", "state", "wrapped_by", "sealings", "created_at")
    list_filter = ("state", "wrapped_by")
    search_fields = ("kid", "tenant__slug", "tenant__name", "wrapped_by")
    list_select_related = ("tenant",)
    actions = ("replace",)

    @staff_action("Replace: seal the organisation's secrets with a new key", "rotate")
    def replace(self, rows: QuerySet[TenantKey], actor: Actor) -> str:
        """Reseal what one organisation keeps; workers do it."""
        tenants = {row.tenant for row in rows}
        if len(tenants) != 1:
            return "Nothing was done. Choose keys of one organisation."
        try:
            start_reseal(actor, "asked for by staff", organisation=tenants.pop())
        except (NotYet, PortalSealed) as why:
            return f"Nothing was done. {why}"
        return "Workers seal its secrets anew; see Key rotations."


@admin.register(KeyRotation)
class KeyRotationAdmin(ReadOnlyAdmin):
    """How far rotations are."""

    list_display = ("created_at", "kind", "reason", "state", "progress", "done", "failed", "to_do")
    list_filter = ("kind", "state")
    search_fields = ("reason",)
    exclude = ("fencing_token",)
    actions = ("pause", "resume")

    @admin.display(description="progress")
    def progress(self, row: KeyRotation) -> str:
        whole = max(row.total, 1)
        return format_html(
            '<progress max="{}" value="{}" aria-label="{} of {} done"></progress>',
            whole,
            min(whole, row.done) if row.is_open else whole - row.failed,
            row.done,
            row.total,
        )

    @admin.display(description="left")
    def to_do(self, row: KeyRotation) -> int:
        return row.left

    @staff_action("Pause", "rotate")
    def pause(self, rows: QuerySet[KeyRotation], actor: Actor) -> str:
        """Stop these after the batch that is being done."""
        return f"{sum(pause(row, actor) for row in rows)} of {len(rows)} paused."

    @staff_action("Resume", "rotate")
    def resume(self, rows: QuerySet[KeyRotation], actor: Actor) -> str:
        """Let workers go on with these."""
        return f"{sum(resume(row, actor) for row in rows)} of {len(rows)} go on."


@admin.register(MasterKey)
class MasterKeyAdmin(ReadOnlyAdmin):
    """Key-encryption keys."""

    list_display = ("kid", "state", "created_at", "activated_at", "retired_at")
    list_filter = ("state",)
    search_fields = ("kid",)
    exclude = ("check_value",)
    actions = ("activate", "retire")

    @staff_action("Make active, and wrap all data keys with it", "rotate")
    def activate(self, rows: QuerySet[MasterKey], actor: Actor) -> str:
        """Make one active when every process holds it; workers do the rest."""
        if len(rows) != 1:
            return "Nothing was done. Choose one key."
        try:
            promote(rows[0].kid, actor)
            if not any(one.kind == RotationKind.REWRAP for one in open_rotations()):
                start_rewrap(actor)
        except (NotYet, PortalSealed) as why:
            return f"Not done. {why}"
        return "Workers wrap the data keys now; see Key rotations."

    @staff_action("Retire: nothing needs it any more", "rotate")
    def retire(self, rows: QuerySet[MasterKey], actor: Actor) -> str:
        """Retire these, or say what needs them."""
        said = []
        for row in rows:
            try:
                retire(row.kid, actor)
            except NotYet as why:
                said.append(str(why))
            else:
                said.append(f"{row} is retired; take it out of the settings.")
        return " ".join(said)


@admin.register(KeyReport)
class KeyReportAdmin(ReadOnlyAdmin):
    """Running processes and the master keys that they hold."""

    list_display = ("kind", "host", "pid", "kids", "started_at", "seen_at")
    list_filter = ("kind",)
    search_fields = ("host", "kids")


@admin.register(RestoreHold)
class RestoreHoldAdmin(ReadOnlyAdmin):
    """Quarantines after restores."""

    list_display = ("began_at", "reason", "inspected_at", "opened", "failed", "ended_at")
    search_fields = ("reason",)
