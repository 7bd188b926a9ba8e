"""Quarantines: after a restore nothing is refreshed until every secret has been opened."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models.lookups import IsNull


class RestoreHold(models.Model):
    """One quarantine. While it has not ended, no background work speaks to Google.

    A restored database holds older tokens than Google has seen since, and
    perhaps secrets that the keys at hand do not open: both must be known before
    anything is written because of them.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    reason = models.CharField(max_length=200)
    began_at = models.DateTimeField(auto_now_add=True)
    inspected_at = models.DateTimeField("last inspected", null=True)
    opened = models.PositiveBigIntegerField("secrets that open", default=0)
    failed = models.PositiveBigIntegerField("secrets that do not", default=0)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-began_at",)
        get_latest_by = "began_at"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                IsNull(models.F("ended_at"), rhs=True),
                condition=models.Q(ended_at=None),
                name="one_open_quarantine",
            )
        ]

    def __str__(self) -> str:
        return f"quarantine of {self.began_at:%Y-%m-%d %H:%M}"
