"""What a tenant wants its requests to begin with."""

from typing import ClassVar

from django.db import models

from accounts.tenancy.models import Tenant
from accounts.tenancy.scope import TenantFirstModel, TenantManager
from provisioning.analytics.backends import Backend


class Flow(models.TextChoices):
    """The order in which a person is asked for things (the guide's three user flows)."""

    AFTER = "details_after_authorization", "Connect the Google account first, then the details"
    BEFORE = "details_before_authorization", "The details first, then the Google account"
    PREFILLED = "prefilled", "No form: what is known is used, the rest is asked for"


class DefaultsManager(TenantManager["ProvisioningDefaults"]):
    """Reads of defaults."""

    def of(self, tenant: Tenant) -> "ProvisioningDefaults":
        """The tenant's defaults; the portal's own, not saved, while it has chosen none."""
        return self.filter(tenant=tenant).first() or ProvisioningDefaults(tenant=tenant)


class ProvisioningDefaults(TenantFirstModel):
    """One row for each tenant that has chosen. Empty means: ask, or take the portal's own."""

    backend = models.CharField(max_length=4, choices=Backend, default=Backend.GA4)
    flow = models.CharField(max_length=30, choices=Flow, default=Flow.BEFORE)
    time_zone = models.CharField(max_length=64, blank=True)
    region_code = models.CharField("region", max_length=2, blank=True)
    account_name_pattern = models.CharField(
        max_length=100, blank=True, help_text="“{website}” stands for the website's name."
    )
    updated_at = models.DateTimeField(auto_now=True)

    objects = DefaultsManager()

    class Meta:
        verbose_name = "provisioning defaults"
        verbose_name_plural = "provisioning defaults"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=("tenant",), name="defaults_once_a_tenant"),
            models.CheckConstraint(
                condition=models.Q(backend__in=Backend.values), name="known_default_backend"
            ),
            models.CheckConstraint(
                condition=models.Q(flow__in=Flow.values), name="known_default_flow"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_backend_display()}, {self.get_flow_display()}"
