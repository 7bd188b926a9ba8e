"""The refresh-token ledger: every refresh token that Google ever issued to us."""

import uuid
from typing import ClassVar

from django.db import models

from accounts.tenancy.scope import TenantManager, TenantModel


class LedgerState(models.TextChoices):
    """What became of an issued refresh token."""

    LIVE = "live", "Live"
    REPLACED = "replaced", "Replaced by a newer one"
    EVICTED = "evicted", "Evicted by Google's limit"
    REVOKED = "revoked", "Revoked"
    DEAD = "dead", "Refused by Google"


class IssuedRefreshToken(TenantModel):
    """One issued refresh token, known by a fingerprint that cannot be turned back.

    Google keeps a limited number per (client, account) and drops the oldest
    without a word (contract §1.3), so the order of issue is what must be known.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    client = models.ForeignKey(
        "tokens.OAuthClient", on_delete=models.CASCADE, related_name="+", db_index=False
    )
    connection = models.ForeignKey(
        "tokens.GoogleConnection", on_delete=models.CASCADE, related_name="issued"
    )
    sub = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64)
    state = models.CharField(max_length=10, choices=LedgerState, default=LedgerState.LIVE)
    issued_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True)

    objects: ClassVar[TenantManager["IssuedRefreshToken"]] = TenantManager()

    class Meta:
        verbose_name = "issued refresh token"
        ordering = ("-issued_at",)
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=("client", "sub", "issued_at"), name="ledger_order")
        ]

    def __str__(self) -> str:
        return f"refresh token {self.fingerprint[:8]} ({self.get_state_display()})"
