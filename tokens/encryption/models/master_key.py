"""Key-encryption keys as the database knows them, and which process holds which."""

from datetime import timedelta
from typing import ClassVar

from django.db import models
from django.utils import timezone

# A process that has not reported for so long has ended.
SILENCE = timedelta(seconds=90)


class MasterState(models.TextChoices):
    """What a key-encryption key may still be used for."""

    ACTIVE = "active", "Wraps and opens"
    OPENS_ONLY = "opens_only", "Opens only"
    RETIRED = "retired", "Retired"


class MasterKey(models.Model):
    """One key of `FIELD_ENCRYPTION_KEY`: its id and its check value, never the key.

    A key that is new in the settings opens only. It becomes active when every
    running process has reported it, because whoever lacks it could open nothing
    that it wraps.
    """

    kid = models.CharField("key id", max_length=12, primary_key=True, editable=False)
    check_value = models.CharField(max_length=32)
    state = models.CharField(max_length=10, choices=MasterState, default=MasterState.OPENS_ONLY)
    created_at = models.DateTimeField("first seen", auto_now_add=True)
    activated_at = models.DateTimeField(null=True)
    retired_at = models.DateTimeField(null=True)
    given_up_at = models.DateTimeField(
        null=True, help_text="When it was retired although secrets needed it: they are lost."
    )

    class Meta:
        verbose_name = "master key"
        ordering = ("-created_at",)
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=("state",),
                condition=models.Q(state="active"),
                name="one_active_master_key",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=MasterState.values), name="known_master_key_state"
            ),
        ]

    def __str__(self) -> str:
        return f"master key {self.kid}"

    @property
    def may_be_needed(self) -> bool:
        """Whether data keys may be wrapped with it. One that was never active wraps none."""
        return self.state != MasterState.RETIRED and self.activated_at is not None


class KeyReportQuerySet(models.QuerySet["KeyReport"]):
    """Reads of reports."""

    def living(self) -> "KeyReportQuerySet":
        """Reports of processes that run now."""
        return self.filter(seen_at__gt=timezone.now() - SILENCE)


class KeyReport(models.Model):
    """One running process and the ids of the master keys that it holds."""

    process = models.CharField(max_length=80, primary_key=True)
    kind = models.CharField(max_length=20)
    host = models.CharField(max_length=80)
    pid = models.PositiveIntegerField()
    kids = models.CharField("key ids", max_length=400, blank=True)
    started_at = models.DateTimeField(auto_now_add=True)
    seen_at = models.DateTimeField(db_index=True)

    objects = KeyReportQuerySet.as_manager()

    class Meta:
        verbose_name = "process and its keys"
        verbose_name_plural = "processes and their keys"
        ordering = ("kind", "host", "pid")

    def __str__(self) -> str:
        return f"{self.kind} on {self.host}, process {self.pid}"

    def holds(self, kid: str) -> bool:
        """Whether this process has the master key `kid`."""
        return kid in self.kids.split()
