"""Customer organisations and who belongs to them."""

import uuid
from datetime import datetime, timedelta
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.urls import reverse

from accounts.fields import AddressField, SearchableModel, SearchTextField
from accounts.mails import REFUSABLE, Topic
from accounts.models.user import User
from accounts.roles import POWERS, Power, Role


class TenantQuerySet(models.QuerySet["Tenant"]):
    """Reads of tenants."""

    def of(self, user: User) -> "TenantQuerySet":
        """Tenants that `user` is a member of, by name; not those that are being erased."""
        return self.filter(memberships__user=user, erased_at=None).order_by("name")


class Tenant(SearchableModel):
    """A customer organisation. Its slug stands in the URL of every page of it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=100)
    slug = models.SlugField(max_length=40, unique=True)
    reply_to = AddressField("reply address", blank=True)
    search_text = SearchTextField(sources=("name",))
    requires_mfa = models.BooleanField("second step required", default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    deleted_at = models.DateTimeField(
        null=True, blank=True, help_text="When its deletion was asked for; it can be cancelled."
    )
    erased_at = models.DateTimeField(
        null=True, blank=True, help_text="When its secrets were destroyed, for good."
    )

    objects = TenantQuerySet.as_manager()

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """The tenant's home page."""
        return reverse("home", args=[self.slug])

    @property
    def leaves_at(self) -> datetime | None:
        """From when on it is deleted for good, if that was asked for."""
        if self.deleted_at is None:
            return None
        return self.deleted_at + timedelta(days=settings.TENANT_DELETION_GRACE_DAYS)


class MembershipQuerySet(models.QuerySet["Membership"]):
    """Reads of memberships. Not scoped: it is what decides which scope may open."""

    def door(self, user: User, slug: str) -> "Membership | None":
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
