"""Staff's view of tenants' credentials. Secrets show as `sealed (key …)` only."""

from django.contrib import admin
from django.db.models import QuerySet

from accounts.audit.recording import Actor
from accounts.staff.admin_base import ReadOnlyAdmin, ReadOnlyInline, staff_action
from accounts.tenancy.scope import tenant_scope
from tokens.api_keys.models import ApiKey
from tokens.clients.models.client import ClientSecret, PortalSecret
from tokens.encryption.refusals import Refused
from tokens.service_accounts.models.rotation import ServiceAccountRotation
from tokens.service_accounts.models.service_account import ServiceAccount, ServiceAccountKey
from tokens.service_accounts.services.rotation import start


class ServiceAccountKeyInline(ReadOnlyInline):
    """The keys of a service account: which exist, never what they are."""

    model = ServiceAccountKey
    fields = ("kid", "state", "created_at", "last_used_at")
    readonly_fields = fields


@admin.register(ServiceAccount)
class ServiceAccountAdmin(ReadOnlyAdmin):
    """Service accounts of tenants."""

    list_display = ("email", "project", "tenant", "checked_at", "problem")
    search_fields = ("email", "project", "tenant__slug", "id")
    list_select_related = ("tenant",)
    inlines = (ServiceAccountKeyInline,)
    actions = ("rotate",)

    @staff_action("Rotate the key: have Google make another, and replace it", "rotate")
    def rotate(self, rows: QuerySet[ServiceAccount], actor: Actor) -> str:
        """Begin for each, as the button on the page of credentials does; workers go on."""
        begun, refused = 0, []
        for row in rows.select_related("tenant"):
            try:
                with tenant_scope(row.tenant):
                    start(row, actor)
            except Refused as why:
                refused.append(f"{row}: {why}")
            else:
                begun += 1
        return " ".join([f"{begun} begun; see Service account key rotations.", *refused[:5]])


@admin.register(ApiKey)
class ApiKeyAdmin(ReadOnlyAdmin):
    """API keys of tenants."""

    list_display = (
        "name",
        "last_four",
        "project",
        "tenant",
        "last_used_at",
        "checked_at",
        "problem",
    )
    search_fields = ("name", "project", "tenant__slug", "id")
    list_select_related = ("tenant",)


@admin.register(ServiceAccountKey)
class ServiceAccountKeyAdmin(ReadOnlyAdmin):
    """Keys of service accounts. The private key shows as `sealed (key …)`."""

    list_display = ServiceAccountKeyInline.fields
    search_fields = ("account__email", "kid")


@admin.register(ServiceAccountRotation)
class ServiceAccountRotationAdmin(ReadOnlyAdmin):
    """Keys of service accounts on their way from old to new."""

    list_display = ("account", "tenant", "state", "reason", "due_at", "started_at", "finished_at")
    list_filter = ("state", "reason")
    search_fields = ("account__email", "tenant__slug", "id")
    list_select_related = ("account", "tenant")


@admin.register(ClientSecret)
class ClientSecretAdmin(ReadOnlyAdmin):
    """Secrets of tenants' own OAuth clients. The secret shows as `sealed (key …)`."""

    list_display = ("client", "last_four", "tenant", "created_at", "accepted_at", "refused_at")
    search_fields = ("client__name", "client__client_id", "last_four", "tenant__slug")
    list_select_related = ("client", "tenant")


@admin.register(PortalSecret)
class PortalSecretAdmin(ReadOnlyAdmin):
    """Secrets of uploaded clients of the portal's own: which exist, never what they are."""

    list_display = ("client", "last_four", "wrapped_by", "created_at", "accepted_at", "refused_at")
    search_fields = ("client__name", "client__client_id", "last_four")
    list_select_related = ("client",)
