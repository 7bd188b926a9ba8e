"""OAuth clients: the portal's own, or one that a tenant brings."""

import uuid
from typing import ClassVar

from django.db import models
from django_scopes import get_scope

from accounts.tenancy import ScopeError


class ClientManager(models.Manager["OAuthClient"]):
    """Shows the tenant in scope its own clients and the portal's, and no others.

    Raises:
        ScopeError: when queried without an open scope.
    """

    def get_queryset(self) -> models.QuerySet["OAuthClient"]:
        """The clients that the tenant in scope may see."""
        active = get_scope()
        if not active.get("_enabled", True):
            return super().get_queryset()
        if active.get("tenant") is None:
            raise ScopeError("OAuthClient was queried without a tenant in scope.")
        mine = models.Q(tenant=active["tenant"]) | models.Q(tenant=None)
        return super().get_queryset().filter(mine)


class OAuthClient(models.Model):
    """A client id at Google.

    The portal's own has no tenant and keeps its secret in the environment.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tenant = models.ForeignKey(
        "accounts.Tenant", null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    name = models.CharField(max_length=100)
    client_id = models.CharField(max_length=255)
    paused_at = models.DateTimeField(null=True, blank=True)
    pause_reason = models.CharField(max_length=300, blank=True)
    probe_at = models.DateTimeField(
        null=True, blank=True, help_text="When a paused client is tried again with one refresh."
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[ClientManager] = ClientManager()

    class Meta:
        verbose_name = "OAuth client"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=("tenant", "client_id"),
                name="client_once_per_tenant",
                nulls_distinct=False,
            )
        ]

    def __str__(self) -> str:
        return self.name
