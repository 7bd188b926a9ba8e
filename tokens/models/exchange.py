"""The record of every exchange with Google, redacted by allow-list."""

import uuid
from typing import ClassVar

from django.db import models

from accounts.tenancy import TenantManager, TenantModel


class Exchange(TenantModel):
    """One request to Google and its answer, with nothing in it that opens anything."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    connection = models.ForeignKey(
        "tokens.GoogleConnection", null=True, on_delete=models.CASCADE, related_name="exchanges"
    )
    subject = models.UUIDField(
        null=True, help_text="Id of the request or trip that this was done for."
    )
    reference = models.CharField("reference id", max_length=40, blank=True)
    method = models.CharField(max_length=8)
    url = models.CharField(max_length=500)
    request_body = models.JSONField(default=dict)
    status = models.PositiveSmallIntegerField(null=True, help_text="Empty: no answer came.")
    response_body = models.JSONField(default=dict)
    error = models.CharField(max_length=40, blank=True)
    duration_ms = models.PositiveIntegerField()
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[TenantManager["Exchange"]] = TenantManager()

    class Meta:
        ordering = ("-created_at",)
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=("tenant", "subject"), name="exchanges_by_subject"),
            models.Index(fields=("connection", "-created_at"), name="exchanges_by_connection"),
        ]

    def __str__(self) -> str:
        return f"{self.method} {self.url} → {self.status or 'no answer'}"
