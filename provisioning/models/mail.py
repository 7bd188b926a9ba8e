"""The outbox of mails that tell a person that something waits for nobody but them."""

from typing import ClassVar

from django.db import models

from accounts.mails import Topic
from accounts.models import OutboxMail
from accounts.retry import MAIL, RetryPolicy
from accounts.tenancy import TenantManager


class TermsMail(OutboxMail):
    """That a person is to be told by mail that a new ticket's terms wait for them."""

    TOPIC: ClassVar[Topic] = Topic.TERMS
    PATIENCE: ClassVar[RetryPolicy] = MAIL

    ticket = models.ForeignKey(
        "provisioning.AccountTicket",
        on_delete=models.CASCADE,
        related_name="mails",
        db_index=False,
    )

    objects: ClassVar[TenantManager["TermsMail"]] = TenantManager()

    class Meta:
        verbose_name = "terms mail"
        ordering = ("-created_at",)
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=("ticket", "recipient"), name="one_mail_each")
        ]
