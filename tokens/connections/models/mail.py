"""The outbox of mails about what only a person can mend: Google accounts, service accounts."""

from typing import ClassVar

from django.db import models

from accounts.email.models import OutboxMail
from accounts.email.types import Topic
from accounts.tenancy.scope import TenantManager


class ReconnectMail(OutboxMail):
    """That a person who may reconnect a Google account is to be told that it broke.

    `broken_at_token` tells one break of a connection from the next: whoever
    connects it again raises its fencing token.
    """

    TOPIC: ClassVar[Topic] = Topic.RECONNECT

    connection = models.ForeignKey(
        "tokens.GoogleConnection",
        on_delete=models.CASCADE,
        related_name="mails",
        db_index=False,
    )
    broken_at_token = models.PositiveBigIntegerField()

    objects: ClassVar[TenantManager["ReconnectMail"]] = TenantManager()

    class Meta:
        verbose_name = "reconnect mail"
        ordering = ("-created_at",)
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=("connection", "broken_at_token", "recipient"),
                name="one_mail_for_each_break",
            )
        ]
