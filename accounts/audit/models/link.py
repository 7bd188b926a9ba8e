"""The chain over the audit record: each link seals one event and the link before it."""

from typing import ClassVar

from django.db import models

from accounts.tenancy.scope import TenantManager


class AuditLink(models.Model):
    """One event's place in the chain of its tenant (or of what concerns none).

    Written after the event by `accounts.audit.services.chain`, so that writing down
    what is done waits for nobody. Holds no foreign key to the event: when an event is
    removed, the link that is left says so.
    """

    tenant = models.ForeignKey(
        "accounts.Tenant", null=True, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    sequence = models.PositiveBigIntegerField()
    event_id = models.UUIDField(unique=True)
    event_at = models.DateTimeField()
    previous = models.CharField(max_length=64, blank=True)
    digest = models.CharField(max_length=64)

    objects: ClassVar[TenantManager["AuditLink"]] = TenantManager()

    class Meta:
        ordering = ("sequence",)
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=("tenant", "sequence"), name="one_link_each"),
        ]

    def __str__(self) -> str:
        return f"{self.sequence} {self.digest[:12]}"
