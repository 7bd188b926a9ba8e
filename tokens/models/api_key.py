"""API keys of a tenant's own Cloud project."""

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.urls import reverse

from accounts.tenancy import TenantManager, TenantModel
from tokens.fields import SealedTextField


class ApiKey(TenantModel):
    """A key for simple access, sealed; only its last four characters are ever shown."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=100)
    secret = SealedTextField(null=True)
    last_four = models.CharField(max_length=4)
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    checked_at = models.DateTimeField(null=True)
    problem = models.CharField(max_length=400, blank=True)

    objects: ClassVar[TenantManager["ApiKey"]] = TenantManager()

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
