"""Customer organisations and who belongs to them."""

import uuid
from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.urls import reverse

from accounts.users.models import User
from accounts.values.model_fields import AddressField, SearchableModel, SearchTextField


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
        return reverse("home", args=[self.slug])

    @property
    def leaves_at(self) -> datetime | None:
        """From when on it is deleted for good, if that was asked for."""
        if self.deleted_at is None:
            return None
        return self.deleted_at + timedelta(days=settings.TENANT_DELETION_GRACE_DAYS)
