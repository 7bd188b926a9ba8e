"""Staff's view of Google connections. Secrets show as `sealed (key …)` and cannot be opened."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from accounts.admin_base import (
    Link,
    OutboxAdmin,
    ReadOnlyAdmin,
    ReadOnlyInline,
    ValuesFilter,
    staff_action,
)
from accounts.admin_search import naming
from accounts.audit import Actor
from tokens import admin_credentials, admin_keys
from tokens.models import (
    Authorization,
    Exchange,
    GoogleConnection,
    IssuedRefreshToken,
    OAuthClient,
    RateBucket,
    ReconnectLink,
    ReconnectMail,
    Revocation,
)
from tokens.services.clients import resume_client
from tokens.services.health import needs_reconnect
from tokens.services.staff import pause_client, refresh_soon
from tokens.states import ReconnectReason

__all__ = ["admin_credentials", "admin_keys"]
_MOST = 200


@naming
def spoken_of(words: str) -> Iterator[UUID | None]:
    """The connection, the request and the trip of the exchanges and trips of a reference id."""
    exchanges = Exchange.objects.filter(reference=words)
    for row in exchanges.values_list("connection", "subject")[:_MOST]:
        yield from row
    trips = Authorization.objects.filter(reference=words)
    for trip in trips.values_list("pk", "connection")[:_MOST]:
        yield from trip


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


@admin.register(Authorization)
class AuthorizationAdmin(ReadOnlyAdmin):
    """Trips to Google's consent page."""

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
        """The request or the trip, which the portal's search knows by its id."""
        if row.subject is None:
            return "-"
        return format_html(
            '<a href="{}?q={}">{}</a>', reverse("admin:find"), row.subject, row.subject
        )


@admin.register(Revocation)
class RevocationAdmin(ReadOnlyAdmin):
    """Permissions that are to end at Google."""

    list_display = ("connection", "tenant", "state", "tries", "due_at", "finished_at")
    list_filter = ("state",)
    search_fields = ("connection__email", "tenant__slug", "id")
    list_select_related = ("connection", "tenant")


@admin.register(RateBucket)
class RateBucketAdmin(ReadOnlyAdmin):
    """What is left of Google's rates."""

    list_display = ("name", "level", "filled_at")
    search_fields = ("name",)


@admin.register(ReconnectLink)
class ReconnectLinkAdmin(ReadOnlyAdmin):
    """Links for owners of Google accounts."""

    list_display = ("connection", "tenant", "created_by", "created_at", "expires_at", "used_at")
    search_fields = ("connection__email", "tenant__slug")
    list_select_related = ("connection", "tenant", "created_by")
    exclude = ("token_hash",)


@admin.register(ReconnectMail)
class ReconnectMailAdmin(OutboxAdmin):
    """Mails that a Google account must be connected again."""

    list_display = ("recipient", "connection", "tenant", "due_at", "sent_at", "tries", "problem")
    search_fields = ("id", "recipient__email", "connection__email", "tenant__name", "tenant__slug")
    list_select_related = ("recipient", "connection", "tenant")
