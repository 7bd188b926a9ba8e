"""Outboxes: mails that are written down with what they tell of, and sent by a worker."""

import uuid
from datetime import timedelta
from typing import ClassVar

from django.conf import settings
from django.db import models

from accounts.email.types import Topic
from accounts.leases.retry import NEWS, RetryPolicy
from accounts.tenancy.scope import TenantModel


class WaitingMail(models.Model):
    """Base of every mail that nobody waits for while it is sent.

    Written in the transaction of what it tells of, so neither exists without the
    other. `due_at` says when it is sent, and who raises `fencing_token` may send it.
    """

    # How long a mail server that refuses it is asked again.
    PATIENCE: ClassVar[RetryPolicy] = NEWS
    # For how long who has leased it may take.
    LEASE: ClassVar[timedelta] = timedelta(seconds=settings.EMAIL_TIMEOUT * 3)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    due_at = models.DateTimeField(null=True, db_index=True)
    fencing_token = models.PositiveBigIntegerField(default=0)
    tries = models.PositiveSmallIntegerField(default=0)
    problem = models.CharField(max_length=300, blank=True)
    sent_at = models.DateTimeField(null=True)
    dropped_because = models.CharField(max_length=100, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        abstract = True


class OutboxMail(WaitingMail, TenantModel):
    """Base of every mail that one person of a tenant is to get."""

    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+"
    )

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"mail to {self.recipient}"


class StaffMail(WaitingMail):
    """That the staff of the portal are to be told of something that is no tenant's.

    `template` and what is `said` make the letter. `about` names the thing, so that it is told
    once while a mail waits, and not at all when it is over.
    """

    TOPIC: ClassVar[Topic] = Topic.STAFF

    template = models.CharField("mail", max_length=40)
    about = models.CharField(max_length=80)
    link = models.CharField(max_length=300)
    said = models.JSONField(default=dict)

    class Meta:
        verbose_name = "mail to staff"
        verbose_name_plural = "mails to staff"
        ordering = ("-created_at",)
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=("template", "about"),
                condition=models.Q(due_at__isnull=False),
                name="staff_told_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.template} to staff"
