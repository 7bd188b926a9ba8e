"""Rotations of service accounts' keys: how far each is, and what it has made at Google."""

import uuid
from typing import ClassVar

from django.db import models

from accounts.tenancy.scope import TenantManager, TenantModel
from tokens.service_accounts.states import AccountRotationState, RotationFailure


class ServiceAccountRotation(TenantModel):
    """One replacement of a service account's key by a new one that Google makes.

    `known_kids` are the keys that existed before; `attempted_at` stands while it
    is unknown whether Google has made another.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(
        "tokens.ServiceAccount", on_delete=models.CASCADE, related_name="rotations"
    )
    state = models.CharField(
        max_length=12, choices=AccountRotationState, default=AccountRotationState.COUNTING
    )
    reason = models.CharField(max_length=12, choices=RotationFailure, blank=True)
    problem = models.CharField(max_length=400, blank=True)
    known_kids = models.JSONField(default=list)
    attempted_at = models.DateTimeField(null=True)
    old_key = models.ForeignKey(
        "tokens.ServiceAccountKey", null=True, on_delete=models.SET_NULL, related_name="+"
    )
    new_key = models.ForeignKey(
        "tokens.ServiceAccountKey", null=True, on_delete=models.SET_NULL, related_name="+"
    )
    due_at = models.DateTimeField(null=True, db_index=True)
    fencing_token = models.PositiveIntegerField(default=0)
    tries = models.PositiveSmallIntegerField(default=0)
    started_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True)

    objects: ClassVar[TenantManager["ServiceAccountRotation"]] = TenantManager()

    class Meta:
        verbose_name = "service account key rotation"
        ordering = ("-started_at",)
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=("account",),
                condition=models.Q(finished_at=None),
                name="one_running_rotation_per_service_account",
            )
        ]

    def __str__(self) -> str:
        return f"rotation of {self.account_id}: {self.get_state_display()}"

    @property
    def has_failed(self) -> bool:
        """Whether it ended without a new key in use."""
        return self.state == AccountRotationState.FAILED
