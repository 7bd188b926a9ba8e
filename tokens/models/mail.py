"""The outbox of mails about what only a person can mend: Google accounts, service accounts."""

from typing import ClassVar

from django.db import models

from accounts.mails import Topic
from accounts.models import OutboxMail
from accounts.tenancy import TenantManager


class ReconnectMail(OutboxMail):
    """That a person who may reconnect a Google account is to be told that it broke.

    `broken_at_fence` tells one break of a connection from the next: whoever
    connects it again raises its fence.
    """

    TOPIC: ClassVar[Topic] = Topic.RECONNECT

    connection = models.ForeignKey(
        "tokens.GoogleConnection",
        on_delete=models.CASCADE,
        related_name="mails",
        db_index=False,
    )
    broken_at_fence = models.PositiveBigIntegerField()

    objects: ClassVar[TenantManager["ReconnectMail"]] = TenantManager()

    class Meta:
        verbose_name = "reconnect mail"
        ordering = ("-created_at",)
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=("connection", "broken_at_fence", "recipient"),
                name="one_mail_for_each_break",
            )
        ]


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


class ClientMail(OutboxMail):
    """That an owner is to be told that Google refuses an OAuth client of the organisation's own."""

    TOPIC: ClassVar[Topic] = Topic.KEYS

    client = models.ForeignKey("tokens.OAuthClient", on_delete=models.CASCADE, related_name="mails")
    why = models.CharField(max_length=400)

    objects: ClassVar[TenantManager["ClientMail"]] = TenantManager()

    class Meta:
        verbose_name = "OAuth client mail"
        ordering = ("-created_at",)
