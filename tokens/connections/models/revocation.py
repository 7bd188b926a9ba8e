"""Revocations that Google has yet to confirm."""

import uuid
from typing import ClassVar

from django.db import models

from accounts.tenancy.scope import TenantManager, TenantModel
from tokens.encryption.fields import SealedTextField


class RevocationState(models.TextChoices):
    """How far a revocation is."""

    WAITING = "waiting", "Waiting for Google"
    CONFIRMED = "confirmed", "Confirmed by Google"
    KEPT = "kept", "Not asked for: other connections live on the same permission"
    GIVEN_UP = "given_up", "Google never confirmed"


class Revocation(TenantModel):
    """One permission that is to end at Google. Its token is destroyed as soon as it has."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    connection = models.ForeignKey(
        "tokens.GoogleConnection", on_delete=models.CASCADE, related_name="revocations"
    )
    token = SealedTextField(context="revocation.token", null=True)
    state = models.CharField(
        max_length=10, choices=RevocationState, default=RevocationState.WAITING
    )
    tries = models.PositiveSmallIntegerField(default=0)
    problem = models.CharField(max_length=300, blank=True)
    due_at = models.DateTimeField(null=True, db_index=True)
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True)

    objects: ClassVar[TenantManager["Revocation"]] = TenantManager()

    class Meta:
        ordering = ("-created_at",)

    def __str__(self) -> str:
        return f"{self.connection}: {self.get_state_display()}"
