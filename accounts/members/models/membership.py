"""Who belongs to a tenant, as what."""

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models

from accounts.email.types import REFUSABLE, Topic
from accounts.members.roles import POWERS, Power, Role
from accounts.tenancy.models import Tenant
from accounts.users.models import User


class MembershipQuerySet(models.QuerySet["Membership"]):
    """Reads of memberships. Not scoped: it is what decides which scope may open."""

    def entering(self, user: User, slug: str) -> "Membership | None":
        """The membership by which `user` may enter the tenant `slug`, if there is one."""
        return self.select_related("tenant").filter(user=user, tenant__slug=slug).first()

    def for_members_page(self) -> "MembershipQuerySet":
        """Members with their people, owners first, then by address."""
        ranks = [models.When(role=role, then=rank) for rank, role in enumerate(Role.values)]
        return self.select_related("user", "tenant").order_by(models.Case(*ranks), "user__email")


class Membership(models.Model):
    """That a person belongs to a tenant, and as what."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tenant = models.ForeignKey(
        Tenant, on_delete=models.CASCADE, related_name="memberships", db_index=False
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships"
    )
    role = models.CharField(max_length=10, choices=Role)
    unwanted_mails = models.JSONField(
        default=list, blank=True, help_text="Topics that they want no mails about from here."
    )
    works_alone = models.BooleanField(
        default=False, help_text="Wants not to be reminded that colleagues can be invited."
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=("tenant", "user"), name="one_membership_each"),
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="known_role"),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.get_role_display()} of {self.tenant}"

    def may(self, power: Power) -> bool:
        """Whether this member's role holds `power`."""
        return power in POWERS[Role(self.role)]

    def wants(self, topic: Topic) -> bool:
        """Whether this member gets the organisation's mails about `topic`."""
        return topic not in REFUSABLE or topic not in {
            *self.unwanted_mails,
            *self.user.unwanted_mails,
        }
