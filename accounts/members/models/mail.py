"""E-mails about what became of a membership."""

from typing import ClassVar

from django.db import models

from accounts.email.models import OutboxMail
from accounts.email.types import Topic
from accounts.members.roles import Role
from accounts.tenancy.scope import TenantManager


class MemberNews(models.TextChoices):
    """What may become of a member through somebody else. The values are the mails' names."""

    ROLE_CHANGED = "role_changed", "Another role"
    REMOVED = "member_removed", "Removed"
    MADE_OWNER = "ownership_received", "Made owner by the one before"


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
