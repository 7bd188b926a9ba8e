"""A Google account that a tenant has authorised."""

import uuid
from datetime import datetime, timedelta
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Case, Q, When
from django.urls import reverse
from django.utils import timezone

from accounts.tenancy.scope import TenantFirstModel, TenantManager
from accounts.values.email_address import shown
from tokens.connections.refresh_schedule import ENDS_SOON, ends_in
from tokens.connections.states import ConnectionStatus, ReconnectReason
from tokens.encryption.fields import SealedTextField
from tokens.google.scopes import missing_scopes, words_for


class ConnectionQuerySet(models.QuerySet["GoogleConnection"]):
    """Reads of connections."""

    def usable(self) -> "ConnectionQuerySet":
        """Connections that can be worked with."""
        return self.filter(status=ConnectionStatus.ACTIVE)

    def needing_a_person_before(self, moment: datetime) -> "ConnectionQuerySet":
        """Those that only their person can repair, then those that Google ends before `moment`.

        Of the latter the first to end comes first.
        """
        broken = Q(status=ConnectionStatus.NEEDS_RECONNECT)
        ending = Q(status=ConnectionStatus.ACTIVE, refresh_expires_at__lte=moment)
        first = Case(When(broken, then=0), default=1)
        return self.filter(broken | ending).order_by(first, "refresh_expires_at", "email")

    def needing_a_person(self) -> "ConnectionQuerySet":
        """Connections that only their person can repair."""
        return self.filter(status=ConnectionStatus.NEEDS_RECONNECT)


ConnectionManager = TenantManager.from_queryset(ConnectionQuerySet)


class GoogleConnection(TenantFirstModel):
    """One Google account authorised by one tenant for one OAuth client.

    `sub` is Google's stable id of the person; the e-mail address may change.
    The refresh columns are a lease, not a status: who raises `fencing_token` owns the
    next refresh until `leased_until`, and may only write while the fencing token is
    still the one it raised.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    client = models.ForeignKey(
        "tokens.OAuthClient", on_delete=models.PROTECT, related_name="connections"
    )
    sub = models.CharField("Google account id", max_length=255)
    email = models.EmailField()
    email_verified = models.BooleanField(
        "address confirmed by Google",
        default=True,
        db_default=True,
        help_text="Nothing is mailed to an address that Google has not confirmed.",
    )
    scopes = models.TextField(help_text="Granted scopes, separated by spaces.")
    status = models.CharField(
        max_length=20, choices=ConnectionStatus, default=ConnectionStatus.ACTIVE
    )
    reason = models.CharField(max_length=20, choices=ReconnectReason, blank=True)

    refresh_token = SealedTextField(context="connection.refresh_token", null=True)
    access_token = SealedTextField(context="connection.access_token", null=True)
    access_expires_at = models.DateTimeField(null=True)
    refresh_expires_at = models.DateTimeField(null=True)

    fencing_token = models.PositiveBigIntegerField(default=0)
    leased_until = models.DateTimeField(null=True)
    refresh_due_at = models.DateTimeField(
        null=True, help_text="When a worker refreshes it by itself; empty: never."
    )
    fresh_until = models.DateTimeField(
        null=True, help_text="Work lies ahead until then, so its access token is kept fresh."
    )
    refresh_tries = models.PositiveSmallIntegerField(
        default=0, help_text="Refreshes begun since the last one that ended, well or not."
    )
    error_kind = models.CharField("last error", max_length=30, blank=True)
    error_code = models.CharField("Google's code for it", max_length=60, blank=True)
    error_message = models.CharField("Google's words", max_length=300, blank=True)
    error_at = models.DateTimeField(
        null=True, help_text="When the failures began; empty while all is well."
    )

    connected_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        db_index=False,
    )
    connected_at = models.DateTimeField(default=timezone.now)
    refreshed_at = models.DateTimeField("last good refresh", null=True)
    used_at = models.DateTimeField("last used", null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ConnectionManager()

    class Meta:
        verbose_name = "Google connection"
        ordering = ("email",)
        indexes: ClassVar[list[models.Index]] = [
            # What the refresh engine walks: one tenant's due rows, oldest first.
            models.Index(
                fields=("tenant", "refresh_due_at"),
                name="connections_due",
                condition=models.Q(status="active", refresh_due_at__isnull=False),
            )
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=("tenant", "client", "sub"), name="one_connection_per_google_account"
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=ConnectionStatus.values),
                name="known_connection_status",
            ),
            models.CheckConstraint(
                condition=~models.Q(status="active") | models.Q(refresh_token__isnull=False),
                name="active_connection_has_refresh_token",
            ),
        ]

    def __str__(self) -> str:
        return shown(self.email)

    def get_absolute_url(self) -> str:
        """The connection's page, inside its tenant."""
        return reverse("connection", args=[self.tenant.slug, self.pk])

    @property
    def is_usable(self) -> bool:
        """Whether work may be done through this connection."""
        return self.status == ConnectionStatus.ACTIVE

    @property
    def ends_soon(self) -> bool:
        """Whether Google ends the permission by itself within a week."""
        at = self.refresh_expires_at
        return self.is_usable and at is not None and at - timezone.now() <= ENDS_SOON

    @property
    def end_in_words(self) -> str:
        """When Google ends the permission by itself; empty unless that is soon."""
        at = self.refresh_expires_at
        return ends_in(at - timezone.now()) if at is not None and self.ends_soon else ""

    @property
    def granted(self) -> frozenset[str]:
        """The granted scopes as Google names them."""
        return frozenset(self.scopes.split())

    @property
    def scopes_in_words(self) -> list[str]:
        """The granted scopes as a person would say them."""
        return words_for(self.granted)

    @property
    def missing_in_words(self) -> list[str]:
        """The permissions that provisioning needs and this connection lacks."""
        return words_for(missing_scopes(self.granted))

    @property
    def needs_renewal(self) -> bool:
        """Whether its person should go to Google once more, now or soon."""
        return not self.is_usable or self.ends_soon or bool(missing_scopes(self.granted))

    def access_is_fresh(self, margin: timedelta) -> bool:
        """Whether the stored access token lives for longer than `margin`."""
        return (
            self.access_token is not None
            and self.access_expires_at is not None
            and self.access_expires_at - margin > timezone.now()
        )
