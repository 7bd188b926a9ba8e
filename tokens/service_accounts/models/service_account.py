"""Service accounts that a tenant has given the portal, and their keys."""

import uuid
from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone

from accounts.tenancy.scope import TenantFirstModel, TenantManager, TenantModel
from tokens.encryption.fields import SealedTextField
from tokens.encryption.models.aging import AgingModel


class ServiceAccountKeyState(models.TextChoices):
    """Where a key stands."""

    ACTIVE = "active", "In use"
    TRIED = "tried", "Being tried"
    RESTING = "resting", "Replaced, not yet deleted at Google"
    GONE = "gone", "Replaced and destroyed here"


class ServiceAccount(TenantFirstModel):
    """One service account of a Google Cloud project."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField(max_length=254)
    project = models.CharField(max_length=100, blank=True)
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    checked_at = models.DateTimeField(null=True)
    problem = models.CharField(max_length=400, blank=True)
    rotates_itself = models.BooleanField(default=False)
    # Keys that Google lists and the portal does not hold: `kid` and `since` of each.
    other_keys = models.JSONField(default=list)

    objects: ClassVar[TenantManager["ServiceAccount"]] = TenantManager()

    class Meta:
        verbose_name = "service account"
        ordering = ("email",)
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=("tenant", "email"), name="service_account_once_per_tenant"
            )
        ]

    def __str__(self) -> str:
        return self.email

    def get_absolute_url(self) -> str:
        """The page of all credentials, at this one."""
        return f"{reverse('credentials', args=[self.tenant.slug])}#account-{self.pk}"

    @property
    def project_names(self) -> frozenset[str]:
        """The id of its project, where that is known."""
        return frozenset({self.project} - {""})

    @property
    def orphans(self) -> list[tuple[str, datetime]]:
        """Keys at Google that are not here, with when each was made; as of the last count."""
        return [(key["kid"], datetime.fromisoformat(key["since"])) for key in self.other_keys]


class ServiceAccountKey(AgingModel, TenantModel):
    """One private key of a service account, sealed; `kid` is empty for those from P12 files."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(ServiceAccount, on_delete=models.CASCADE, related_name="keys")
    kid = models.CharField(max_length=40, blank=True)
    private_key = SealedTextField(context="service_account_key.private_key", null=True)
    state = models.CharField(
        max_length=10, choices=ServiceAccountKeyState, default=ServiceAccountKeyState.ACTIVE
    )
    last_used_at = models.DateTimeField(null=True)

    objects: ClassVar[TenantManager["ServiceAccountKey"]] = TenantManager()

    class Meta:
        verbose_name = "service account key"
        ordering = ("-created_at",)
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=("account",),
                condition=models.Q(state="active"),
                name="one_active_key_per_service_account",
            )
        ]

    def __str__(self) -> str:
        return f"key {self.kid[:8] or 'from P12'} of {self.account_id}"

    @property
    def days_left(self) -> int:
        """Whole days until it should be replaced."""
        return max(0, (self.old_from - timezone.now()).days)
