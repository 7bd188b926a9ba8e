"""Outboxes: mails that are written down with what they tell of, and sent by a worker."""

import uuid
from datetime import timedelta
from typing import ClassVar

from django.conf import settings
from django.db import models

from accounts.mails import Topic
from accounts.retry import NEWS, RetryPolicy
from accounts.roles import Role
from accounts.tenancy import TenantManager, TenantModel


class WaitingMail(models.Model):
    """Base of every mail that nobody waits for while it is sent.

    Written in the transaction of what it tells of, so neither exists without the
    other. `due_at` says when it is sent, and who raises `fence` may send it.
    """

    # How long a mail server that refuses it is asked again.
    PATIENCE: ClassVar[RetryPolicy] = NEWS
    # For how long who has claimed it may take.
    LEASE: ClassVar[timedelta] = timedelta(seconds=settings.EMAIL_TIMEOUT * 3)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    due_at = models.DateTimeField(null=True, db_index=True)
    fence = models.PositiveBigIntegerField(default=0)
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


class MemberNews(models.TextChoices):
    """What may become of a member through somebody else. The values are the mails' names."""

    ROLE_CHANGED = "role_changed", "Another role"
    REMOVED = "member_removed", "Removed"
    MADE_OWNER = "ownership_received", "Made owner by the one before"


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


class MemberMail(OutboxMail):
    """That a person is to be told what somebody has made of their membership."""

    TOPIC: ClassVar[Topic] = Topic.MEMBERSHIP

    news = models.CharField(max_length=20, choices=MemberNews)
    before = models.CharField("role before", max_length=10, choices=Role)
    after = models.CharField("role after", max_length=10, choices=Role, blank=True)
    by = models.CharField("who did it", max_length=254, blank=True)

    objects: ClassVar[TenantManager["MemberMail"]] = TenantManager()

    class Meta:
        verbose_name = "mail about a membership"
        verbose_name_plural = "mails about memberships"
        ordering = ("-created_at",)


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
