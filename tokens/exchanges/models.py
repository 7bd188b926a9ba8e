"""The record of every exchange with Google, redacted by allow-list."""

import uuid
from datetime import datetime
from typing import ClassVar
from urllib.parse import urlsplit

from django.db import models

from accounts.tenancy.scope import TenantFirstModel, TenantManager


class ExchangeQuerySet(models.QuerySet["Exchange"]):
    """Reads of exchanges."""

    def for_lists(self) -> "ExchangeQuerySet":
        """What lists show, newest first: the connection comes along, headers and bodies do not."""
        return (
            self.select_related("connection")
            .only(*_LISTED, "connection__email")
            .order_by("-created_at", "-pk")
        )

    def alike(self, exchange: "Exchange") -> "ExchangeQuerySet":
        """The same call for the same request or flow, made again and again."""
        return self.filter(subject=exchange.subject, method=exchange.method, url=exchange.url)

    def older_than(self, moment: datetime) -> "ExchangeQuerySet":
        """What was said before `moment`."""
        return self.filter(created_at__lt=moment)


# Answers that look like errors and are what was hoped for, and what they say.
EXPECTED = {
    "client_accepted": "Google accepts this client",
    "already_ended": "Google had ended this permission already",
}
ExchangeManager = TenantManager.from_queryset(ExchangeQuerySet)
_LISTED = ("method", "url", "status", "error", "duration_ms", "created_at", "connection_id")


class Exchange(TenantFirstModel):
    """One request to Google and its answer, with nothing in it that opens anything."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    connection = models.ForeignKey(
        "tokens.GoogleConnection",
        null=True,
        on_delete=models.CASCADE,
        related_name="exchanges",
        db_index=False,
    )
    subject = models.UUIDField(
        null=True, help_text="Id of the request or trip that this was done for."
    )
    reference = models.CharField("reference id", max_length=40, blank=True)
    method = models.CharField(max_length=8)
    url = models.CharField(max_length=500)
    request_headers = models.JSONField(default=dict)
    request_body = models.JSONField(default=dict)
    status = models.PositiveSmallIntegerField(null=True, help_text="Empty: no answer came.")
    response_headers = models.JSONField(default=dict)
    response_body = models.JSONField(default=dict)
    error = models.CharField(max_length=40, blank=True)
    duration_ms = models.PositiveIntegerField()
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ExchangeManager()

    class Meta:
        ordering = ("-created_at",)
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=("tenant", "subject"), name="exchanges_by_subject"),
            models.Index(fields=("connection", "-created_at"), name="exchanges_by_connection"),
            models.Index(fields=("tenant", "-created_at"), name="exchanges_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.method} {self.url} → {self.status or 'no answer'}"

    @property
    def host(self) -> str:
        """Which of Google's servers was asked."""
        return urlsplit(self.url).netloc

    @property
    def path(self) -> str:
        """The address without the server."""
        return self.url.partition("://")[2].removeprefix(self.host) or self.url

    @property
    def error_words(self) -> str:
        """The kind of error as words."""
        return self.error.replace("_", " ")

    @property
    def is_fine(self) -> bool:
        """Whether Google did what was asked, or said what was to be found out."""
        if self.error:
            return self.error in EXPECTED
        return self.status is not None and self.status < 400

    @property
    def place(self) -> tuple[int, int] | None:
        """(number, how many) among the same calls for the same subject; None without one."""
        if self.subject is None:
            return None
        alike = Exchange.objects.alike(self)
        same_moment = models.Q(created_at=self.created_at, pk__lt=self.pk)
        before = alike.filter(models.Q(created_at__lt=self.created_at) | same_moment)
        return before.count() + 1, alike.count()
