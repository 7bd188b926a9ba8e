"""Data keys: one per tenant and version, wrapped by the key-encryption keys."""

import secrets
import uuid
from datetime import datetime, timedelta
from typing import ClassVar

from django.conf import settings
from django.db import models

from accounts.tenancy.scope import TenantFirstModel, TenantManager
from tokens.encryption.wrapping import Owner, WrappedKeyField


class KeyState(models.TextChoices):
    """What a data key may still be used for."""

    ACTIVE = "active", "Seals and opens"
    OPENS_ONLY = "opens_only", "Opens only"
    DESTROYED = "destroyed", "Destroyed: what it sealed is gone for good"


def new_kid() -> str:
    """A short random key id, which every secret sealed with the key carries."""
    return secrets.token_hex(6)


class TenantKey(TenantFirstModel):
    """A 256-bit data key of one tenant. Without it that tenant's secrets are noise.

    A destroyed key keeps its row without the key, so that what it sealed can be
    told from what was tampered with.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kid = models.CharField("key id", max_length=12, unique=True, default=new_kid, editable=False)
    version = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=KeyState, default=KeyState.ACTIVE)
    wrapped = WrappedKeyField(context="data_key", null=True)
    wrapped_by = models.CharField(
        "id of the master key",
        max_length=12,
        db_index=True,
        db_default="",
        help_text="Empty for keys from before ids were kept: any key of the ring may open them.",
    )
    sealings = models.PositiveBigIntegerField("secrets sealed", default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    replaced_at = models.DateTimeField(null=True)
    emptied_at = models.DateTimeField(
        null=True, help_text="When everything that it sealed had been sealed anew."
    )
    destroyed_at = models.DateTimeField(null=True)

    objects: ClassVar[TenantManager["TenantKey"]] = TenantManager()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=("tenant", "version"), name="tenant_key_version"),
            models.UniqueConstraint(
                fields=("tenant",),
                condition=models.Q(state="active"),
                name="one_active_key_per_tenant",
            ),
            models.CheckConstraint(
                condition=models.Q(state="destroyed", wrapped__isnull=True)
                | ~models.Q(state="destroyed") & models.Q(wrapped__isnull=False),
                name="destroyed_key_is_gone",
            ),
        ]

    @property
    def owner(self) -> Owner:
        """What the data key is bound to when it is wrapped."""
        return Owner(f"data_key|{self.tenant_id}|{self.kid}", former=str(self.tenant_id))

    @property
    def old_from(self) -> datetime:
        """When it is replaced because of its age."""
        return self.created_at + timedelta(days=settings.DATA_KEY_MAX_DAYS)

    def __str__(self) -> str:
        return f"key {self.kid} (version {self.version})"
