"""API keys of a tenant's own Cloud project."""

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.urls import reverse

from accounts.tenancy.scope import TenantFirstModel, TenantManager
from tokens.encryption.fields import SealedTextField
from tokens.encryption.models.aging import AgingModel


class ApiKeyQuerySet(models.QuerySet["ApiKey"]):
    """Reads of API keys."""

    def sendable(self) -> "ApiKeyQuerySet":
        """Those that may go along with calls of their project, the newest first."""
        known = self.filter(problem="", of_another_project=False).exclude(project="")
        return known.order_by("-created_at", "pk")


ApiKeyManager = TenantManager.from_queryset(ApiKeyQuerySet)


class ApiKey(AgingModel, TenantFirstModel):
    """A key for simple access, sealed; only its last four characters are ever shown."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=100)
    secret = SealedTextField(context="api_key.secret", null=True)
    last_four = models.CharField(max_length=4)
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    checked_at = models.DateTimeField(null=True)
    problem = models.CharField(max_length=400, blank=True)
    project = models.CharField(
        max_length=100, blank=True, help_text="Id or number of its Google Cloud project."
    )
    of_another_project = models.BooleanField(
        default=False, help_text="Google said so when it went along with a call."
    )
    last_used_at = models.DateTimeField("last used", null=True)

    objects = ApiKeyManager()

    class Meta:
        verbose_name = "API key"
        ordering = ("name",)
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=("tenant", "name"), name="api_key_name_per_tenant")
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """The page of all credentials, at this one."""
        return f"{reverse('credentials', args=[self.tenant.slug])}#api-key-{self.pk}"
