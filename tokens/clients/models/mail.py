"""E-mails about OAuth clients."""

from typing import ClassVar

from django.db import models

from accounts.email.models import OutboxMail
from accounts.email.types import Topic
from accounts.tenancy.scope import TenantManager


class ClientMail(OutboxMail):
    """That an owner is to be told that Google refuses an OAuth client of the organisation's own."""

    TOPIC: ClassVar[Topic] = Topic.KEYS

    client = models.ForeignKey("tokens.OAuthClient", on_delete=models.CASCADE, related_name="mails")
    why = models.CharField(max_length=400)

    objects: ClassVar[TenantManager["ClientMail"]] = TenantManager()

    class Meta:
        verbose_name = "OAuth client mail"
        ordering = ("-created_at",)
