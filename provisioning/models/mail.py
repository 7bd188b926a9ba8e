"""The outbox: mails that tell a person that something waits for nobody but them."""

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models

from accounts.tenancy import TenantManager, TenantModel


class TermsMail(TenantModel):
    """That a person is to be told by mail that a new ticket's terms wait for them.

    Written together with the ticket, so neither exists without the other, and sent
    by a worker afterwards: `due_at` says when, and who raises `fence` may send it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    ticket = models.ForeignKey(
        "provisioning.AccountTicket", on_delete=models.CASCADE, related_name="mails"
    )
    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+"
    )
    due_at = models.DateTimeField(null=True, db_index=True)
    fence = models.PositiveBigIntegerField(default=0)
    tries = models.PositiveSmallIntegerField(default=0)
    problem = models.CharField(max_length=300, blank=True)
    sent_at = models.DateTimeField(null=True)
    dropped_because = models.CharField(max_length=100, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[TenantManager["TermsMail"]] = TenantManager()

    class Meta:
        verbose_name = "terms mail"
        ordering = ("-created_at",)
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=("ticket", "recipient"), name="one_mail_each")
        ]

    def __str__(self) -> str:
        return f"mail to {self.recipient}"
