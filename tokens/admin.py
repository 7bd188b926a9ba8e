"""Staff's view of Google connections. Secrets show as `sealed (key …)` and cannot be opened."""

from django.contrib import admin

from accounts.admin import ReadOnlyAdmin, ReadOnlyInline
from tokens.models import (
    Authorization,
    Exchange,
    GoogleConnection,
    IssuedRefreshToken,
    OAuthClient,
    TenantKey,
)


class IssuedInline(ReadOnlyInline):
    """The refresh tokens that Google issued for a connection."""

    model = IssuedRefreshToken
    fields = ("issued_at", "state", "ended_at", "short_fingerprint")
    readonly_fields = fields

    @admin.display(description="fingerprint")
    def short_fingerprint(self, row: IssuedRefreshToken) -> str:
        """Enough of the fingerprint to tell two apart."""
        return row.fingerprint[:12]


@admin.register(GoogleConnection)
class GoogleConnectionAdmin(ReadOnlyAdmin):
    """Google accounts that tenants have connected."""

    list_display = ("email", "tenant", "status", "reason", "refreshed_at", "connected_at")
    list_filter = ("status", "reason", "client")
    search_fields = ("email", "sub", "id", "tenant__name", "tenant__slug")
    date_hierarchy = "connected_at"
    list_select_related = ("tenant",)
    inlines = (IssuedInline,)


@admin.register(OAuthClient)
class OAuthClientAdmin(ReadOnlyAdmin):
    """Client ids at Google."""

    list_display = ("name", "client_id", "tenant", "created_at")
    search_fields = ("name", "client_id", "tenant__slug")
    list_select_related = ("tenant",)


@admin.register(TenantKey)
class TenantKeyAdmin(ReadOnlyAdmin):
    """Data keys: which exist, never what they are."""

    list_display = ("kid", "tenant", "version", "state", "created_at")
    list_filter = ("state",)
    search_fields = ("kid", "tenant__slug", "tenant__name")
    list_select_related = ("tenant",)


@admin.register(Authorization)
class AuthorizationAdmin(ReadOnlyAdmin):
    """Trips to Google's consent page."""

    list_display = ("created_at", "tenant", "user", "outcome", "detail", "connection")
    list_filter = ("outcome",)
    search_fields = ("user__email", "tenant__slug", "reference", "id", "connection__email")
    date_hierarchy = "created_at"
    list_select_related = ("tenant", "user", "connection")
    exclude = ("state_hash", "session_hash", "nonce_hash")


@admin.register(IssuedRefreshToken)
class IssuedRefreshTokenAdmin(ReadOnlyAdmin):
    """The ledger of refresh tokens."""

    list_display = ("issued_at", "sub", "connection", "tenant", "state", "ended_at")
    list_filter = ("state", "client")
    search_fields = ("sub", "fingerprint", "connection__email", "tenant__slug")
    list_select_related = ("connection", "tenant")


@admin.register(Exchange)
class ExchangeAdmin(ReadOnlyAdmin):
    """What was said to Google and what it answered, redacted."""

    list_display = ("created_at", "method", "url", "status", "error", "duration_ms", "tenant")
    list_filter = ("status", "error", "method")
    search_fields = ("url", "reference", "subject", "connection__email", "tenant__slug")
    date_hierarchy = "created_at"
    list_select_related = ("tenant",)
