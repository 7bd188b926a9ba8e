"""The outbox of mails that tell a person that something waits for nobody but them."""

from typing import ClassVar

from django.db import models

from accounts.email.models import OutboxMail
from accounts.email.types import Topic
from accounts.leases.retry import MAIL, RetryPolicy
from accounts.tenancy.scope import TenantManager


class TermsMail(OutboxMail):
    """That a person is to be told by mail that a ticket's terms wait for them."""

    TOPIC: ClassVar[Topic] = Topic.TERMS
    PATIENCE: ClassVar[RetryPolicy] = MAIL

    ticket = models.ForeignKey(
        "provisioning.AccountTicket",
        on_delete=models.CASCADE,
        related_name="mails",
        db_index=False,
    )
    reminds = models.BooleanField(
        default=False,
        db_default=False,
        help_text="The person saw this ticket come, and has not answered its terms since.",
    )

    objects: ClassVar[TenantManager["TermsMail"]] = TenantManager()

    class Meta:
        verbose_name = "terms mail"
        ordering = ("-created_at",)
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=("ticket", "recipient"), name="one_mail_each")
        ]


class RequestNews(models.TextChoices):
    """What a person has to hear about a request. The values are the mails' names."""

    FAILED = "request_failed", "The portal gave up"
    ENDING = "request_ending", "About to be cancelled, because it was never finished"


class RequestMail(OutboxMail):
    """That a person is to be told of a request that goes on only with them.

    `moment` is when that came about, so that each time is told of once.
    """

    TOPIC: ClassVar[Topic] = Topic.REQUESTS

    request = models.ForeignKey(
        "provisioning.ProvisioningRequest",
        on_delete=models.CASCADE,
        related_name="mails",
        db_index=False,
    )
    news = models.CharField(max_length=20, choices=RequestNews)
    moment = models.DateTimeField()

    objects: ClassVar[TenantManager["RequestMail"]] = TenantManager()

    class Meta:
        verbose_name = "request mail"
        ordering = ("-created_at",)
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=("request", "news", "moment", "recipient"), name="one_mail_for_each_news"
            )
        ]
