"""E-mails about service accounts."""

from typing import ClassVar

from django.db import models

from accounts.email.models import OutboxMail
from accounts.email.types import Topic
from accounts.tenancy.scope import TenantManager


class ServiceAccountMail(OutboxMail):
    """That a person who may manage credentials is to be told of a service account's trouble.

    With a `rotation`: that it stopped. Without one: that Google refuses the key.
    """

    TOPIC: ClassVar[Topic] = Topic.KEYS

    account = models.ForeignKey(
        "tokens.ServiceAccount", on_delete=models.CASCADE, related_name="mails"
    )
    rotation = models.ForeignKey(
        "tokens.ServiceAccountRotation",
        null=True,
        on_delete=models.CASCADE,
        related_name="mails",
        db_index=False,
    )
    why = models.CharField(max_length=400)

    objects: ClassVar[TenantManager["ServiceAccountMail"]] = TenantManager()

    class Meta:
        verbose_name = "service account mail"
        ordering = ("-created_at",)
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=("rotation", "recipient"), name="one_mail_for_each_stopped_rotation"
            )
        ]
