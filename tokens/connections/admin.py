"""Staff's view of Google connections. Secrets show as `sealed (key …)` and cannot be opened."""

from collections.abc import Iterator
from uuid import UUID

from django.contrib import admin
from django.db import models
from django.db.models import QuerySet

from accounts.audit.recording import Actor
from accounts.staff.admin_base import (
    Link,
    ReadOnlyAdmin,
    ReadOnlyInline,
    staff_action,
)
from accounts.staff.search import naming
from tokens.connections.models.connection import GoogleConnection
from tokens.connections.models.ledger import IssuedRefreshToken
from tokens.connections.models.oauth_flow import OAuthFlow
from tokens.connections.models.reconnect_link import ReconnectLink
from tokens.connections.models.revocation import Revocation
from tokens.connections.services.staff_actions import refresh_soon
from tokens.connections.services.status import needs_reconnect
from tokens.connections.states import ReconnectReason
from tokens.exchanges.models import Exchange

_MOST = 200


@naming
def spoken_of(words: str) -> Iterator[UUID | None]:
    """The connection, the request and the flow of the exchanges and flows of a reference id."""
    exchanges = Exchange.objects.filter(reference=words)
    for row in exchanges.values_list("connection", "subject")[:_MOST]:
        yield from row
    flows = OAuthFlow.objects.filter(reference=words)
    for flow in flows.values_list("pk", "connection")[:_MOST]:
        yield from flow


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
    actions = ("refresh_now", "mark_for_reconnect")

    @staff_action("Refresh the access token now")
    def refresh_now(self, rows: QuerySet[GoogleConnection], actor: Actor) -> str:
        """Have workers refresh these next."""
        done = sum(refresh_soon(row, actor) for row in rows)
        return f"{done} of {len(rows)} will be refreshed within seconds."

    @staff_action("Ask the person to reconnect")
    def mark_for_reconnect(self, rows: QuerySet[GoogleConnection], actor: Actor) -> str:
        """Stop using these until their people have connected them again."""
        done = sum(needs_reconnect(row, ReconnectReason.ASKED, actor) for row in rows)
        return f"{done} of {len(rows)} now wait for their person."


@admin.register(OAuthFlow)
class OAuthFlowAdmin(ReadOnlyAdmin):
    """Flows to Google's consent page."""

    list_display = ("created_at", "tenant", "user", "outcome", "detail", "connection")
    list_filter = ("outcome",)
    search_fields = ("user__email", "tenant__slug", "reference", "id", "connection__email")
    date_hierarchy = "created_at"
    list_select_related = ("tenant", "user", "connection")
    exclude = ("state_hash", "session_hash", "nonce_hash")

    def links_of(self, row: models.Model) -> list[Link]:
        """With what was said to Google on it."""
        return [
            Link("exchanges with Google", Exchange, {"subject__exact": str(row.pk)}),
            *super().links_of(row),
        ]


@admin.register(IssuedRefreshToken)
class IssuedRefreshTokenAdmin(ReadOnlyAdmin):
    """The ledger of refresh tokens."""

    list_display = ("issued_at", "sub", "connection", "tenant", "state", "ended_at")
    list_filter = ("state", "client")
    search_fields = ("sub", "fingerprint", "connection__email", "tenant__slug")
    list_select_related = ("connection", "tenant")


@admin.register(Revocation)
class RevocationAdmin(ReadOnlyAdmin):
    """Permissions that are to end at Google."""

    list_display = ("connection", "tenant", "state", "tries", "due_at", "finished_at")
    list_filter = ("state",)
    search_fields = ("connection__email", "tenant__slug", "id")
    list_select_related = ("connection", "tenant")


@admin.register(ReconnectLink)
class ReconnectLinkAdmin(ReadOnlyAdmin):
    """Links for owners of Google accounts."""

    list_display = ("connection", "tenant", "created_by", "created_at", "expires_at", "used_at")
    search_fields = ("connection__email", "tenant__slug")
    list_select_related = ("connection", "tenant", "created_by")
    exclude = ("token_hash",)
