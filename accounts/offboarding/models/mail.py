"""E-mails about the end of an organisation."""

from typing import ClassVar

from django.db import models

from accounts.email.models import OutboxMail
from accounts.email.types import Topic
from accounts.tenancy.scope import TenantManager


class LeavingMail(OutboxMail):
    """That an owner is to be told that the organisation will be deleted, or stays after all.

    `asked_at` tells one wish to delete it from the next; empty when the wish was taken back.
    """

    TOPIC: ClassVar[Topic] = Topic.LEAVING

    asked_at = models.DateTimeField("deletion asked for", null=True)
    by = models.CharField("who did it", max_length=254, blank=True)

    objects: ClassVar[TenantManager["LeavingMail"]] = TenantManager()

    class Meta:
        verbose_name = "mail about the end of an organisation"
        verbose_name_plural = "mails about the end of organisations"
        ordering = ("-created_at",)
