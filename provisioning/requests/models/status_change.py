"""The history of a request: one row for each change of state."""

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models

from accounts.audit.events import ActorKind
from accounts.tenancy.scope import TenantManager, TenantModel
from provisioning.requests.states import DISPLAYS, Status, StatusDisplay


class StatusChange(TenantModel):
    """One change of state, written in the same transaction as the change."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    request = models.ForeignKey(
        "provisioning.ProvisioningRequest",
        on_delete=models.CASCADE,
        related_name="moves",
        db_index=False,
    )
    old = models.CharField(max_length=20, choices=Status, blank=True)
    new = models.CharField(max_length=20, choices=Status)
    reason = models.CharField(max_length=300)
    actor_kind = models.CharField(max_length=10, choices=[(k.value, k.name) for k in ActorKind])
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    attempt = models.ForeignKey(
        "provisioning.ProvisioningAttempt",
        null=True,
        on_delete=models.SET_NULL,
        related_name="moves",
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[TenantManager["StatusChange"]] = TenantManager()

    class Meta:
        ordering = ("-created_at",)
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=("request", "-created_at"), name="moves_of_request")
        ]

    def __str__(self) -> str:
        return f"{self.old or '∅'} → {self.new}"

    @property
    def display(self) -> StatusDisplay:
        """How the state moved to is shown."""
        return DISPLAYS[Status(self.new)]
