"""Rotations of keys: what is being changed, and how far it is."""

import uuid
from typing import ClassVar

from django.db import models


class RotationKind(models.TextChoices):
    """What is made anew."""

    REWRAP = "rewrap", "Wrap data keys with the active master key"
    RESEAL = "reseal", "Seal secrets with new data keys"


class RotationState(models.TextChoices):
    """How far it is."""

    RUNNING = "running", "Running"
    PAUSED = "paused", "Paused"
    DONE = "done", "Done"


class KeyRotation(models.Model):
    """One rotation. What is left to do is never stored: it is what the rows themselves say.

    `fencing_token` and `leased_until` keep two workers from doing the same work twice;
    nothing would be lost if they did.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=10, choices=RotationKind)
    state = models.CharField(max_length=10, choices=RotationState, default=RotationState.RUNNING)
    reason = models.CharField(max_length=200)
    renews_before = models.DateTimeField(
        null=True, help_text="Data keys from before then are replaced; empty: none is."
    )
    organisation = models.UUIDField(null=True, help_text="Only this one's; empty: everybody's.")
    total = models.PositiveBigIntegerField(default=0)
    done = models.PositiveBigIntegerField(default=0)
    failed = models.PositiveBigIntegerField(default=0)
    failures = models.JSONField(
        default=list, help_text="Rows that could not be opened, up to a hundred."
    )
    failed_by = models.JSONField(
        default=dict,
        db_default=models.Value({}, models.JSONField()),
        help_text="How many could not be opened, by organisation or store.",
    )
    problem = models.CharField(
        max_length=200,
        blank=True,
        default="",
        db_default="",
        help_text="What interrupted the last attempt.",
    )
    fencing_token = models.PositiveBigIntegerField(default=0)
    leased_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "key rotation"
        ordering = ("-created_at",)
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=("kind",),
                condition=models.Q(state__in=("running", "paused")),
                name="one_rotation_of_a_kind",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=RotationState.values), name="known_rotation_state"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.created_at:%Y-%m-%d %H:%M}"

    @property
    def left(self) -> int:
        """How many are left: with those done and those that failed they are always the total."""
        return max(0, self.total - self.done - self.failed)

    @property
    def is_open(self) -> bool:
        """Whether there is anything to do for it yet."""
        return self.state != RotationState.DONE
