"""OAuth clients: the portal's own, or one that a tenant brings."""

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django_scopes import get_scope

from accounts.tenancy.scope import ScopeError, TenantManager, TenantModel
from tokens.encryption.fields import SealedTextField
from tokens.encryption.models.aging import AgingModel
from tokens.encryption.wrapping import WrappedKeyField


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

    The portal's own has no tenant: the environment names it, or staff have uploaded it.
    One that is removed stays as a row, because connections, flows and the ledger name it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tenant = models.ForeignKey(
        "accounts.Tenant",
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="+",
        db_index=False,
    )
    name = models.CharField(max_length=100)
    client_id = models.CharField(max_length=255)
    paused_at = models.DateTimeField(null=True, blank=True)
    pause_reason = models.CharField(max_length=300, blank=True)
    probe_at = models.DateTimeField(
        null=True, blank=True, help_text="When a paused client is tried again with one refresh."
    )
    created_at = models.DateTimeField(auto_now_add=True)
    project = models.CharField(max_length=100, blank=True)
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    checked_at = models.DateTimeField(null=True)
    problem = models.CharField(max_length=400, blank=True)
    removed_at = models.DateTimeField(null=True)
    chosen_at = models.DateTimeField(
        null=True, help_text="When staff have chosen an uploaded one again for new connections."
    )

    objects: ClassVar[ClientManager] = ClientManager()

    class Meta:
        verbose_name = "OAuth client"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=("tenant", "client_id"), name="client_once_per_tenant"),
            # Not `nulls_distinct=False`, which SQLite does not know.
            models.UniqueConstraint(
                fields=("client_id",),
                condition=models.Q(tenant=None),
                name="portal_client_once",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_own(self) -> bool:
        """Whether a tenant brought it."""
        return self.tenant_id is not None

    @property
    def project_names(self) -> frozenset[str]:
        """Id and number of the tenant's project that it is of; none for the portal's own."""
        number = self.client_id.partition("-")[0]
        named = {self.project, number if number.isdecimal() else ""} - {""}
        return frozenset(named) if self.is_own else frozenset()


class SecretModel(AgingModel):
    """One secret of a client, encrypted. Google lets a client have two at once."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    last_four = models.CharField(max_length=4)
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    accepted_at = models.DateTimeField(null=True)
    refused_at = models.DateTimeField(null=True)

    class Meta:
        abstract = True
        ordering = ("-created_at", "pk")

    def __str__(self) -> str:
        return f"secret ending in {self.last_four}"

    @property
    def is_refused(self) -> bool:
        """Whether Google refused it when it was last tried."""
        at, well = self.refused_at, self.accepted_at
        return at is not None and (well is None or at > well)


class ClientSecret(SecretModel, TenantModel):
    """A secret of a tenant's own client, sealed."""

    client = models.ForeignKey(OAuthClient, on_delete=models.CASCADE, related_name="secrets")
    secret = SealedTextField(context="oauth_client.secret", null=True)

    objects: ClassVar[TenantManager["ClientSecret"]] = TenantManager()

    class Meta(SecretModel.Meta):
        verbose_name = "OAuth client secret"


class PortalSecret(SecretModel):
    """A secret of an uploaded client of the portal's own.

    It belongs to no tenant, so no data key seals it: a master key encrypts it,
    bound to its row and its client (`tokens.clients.services.portal_secrets`).
    """

    client = models.ForeignKey(OAuthClient, on_delete=models.CASCADE, related_name="portal_secrets")
    secret = WrappedKeyField(context="portal_client.secret")
    wrapped_by = models.CharField("id of the master key", max_length=12)

    class Meta(SecretModel.Meta):
        verbose_name = "secret of the portal's own OAuth client"
        verbose_name_plural = "secrets of the portal's own OAuth client"
