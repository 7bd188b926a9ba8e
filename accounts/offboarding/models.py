"""What is left of an organisation that was deleted: the proof of it, which names nobody."""

import hashlib
import json
import uuid
from typing import Any, ClassVar

from django.db import models
from django.db.models import Q


class Erasure(models.Model):
    """How far an organisation's rows are deleted, and afterwards the proof that they were.

    Belongs to no tenant: it outlives the one that it speaks of. Holds ids and
    numbers. The organisation's name and its owners' addresses stand in `owners` until it
    is finished, then in the e-mails with the proof until they are sent, and nowhere afterwards.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organisation = models.UUIDField("id of the organisation", unique=True)
    asked_at = models.DateTimeField("deletion asked for")
    shredded_at = models.DateTimeField("keys destroyed")
    started_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True)
    keys = models.JSONField("data keys destroyed", default=list)
    revocations = models.JSONField("what Google was told", default=dict)
    rows = models.JSONField("rows deleted, by table", default=dict)
    digest = models.CharField("SHA-256 of the proof", max_length=64, blank=True)
    owners = models.JSONField(default=dict)

    class Meta:
        ordering = ("-started_at",)
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(finished_at=None) | Q(owners={}), name="finished_erasure_names_nobody"
            )
        ]

    def __str__(self) -> str:
        return f"erasure of {self.organisation}"

    @property
    def total(self) -> int:
        """How many rows were deleted."""
        return sum(self.rows.values())

    @property
    def proof(self) -> str:
        """What is proven, as the JSON text that `digest` is the hash of."""
        facts: dict[str, Any] = {
            "organisation": str(self.organisation),
            "asked_at": self.asked_at.isoformat(),
            "keys_destroyed_at": self.shredded_at.isoformat(),
            "finished_at": self.finished_at.isoformat() if self.finished_at else None,
            "keys": self.keys,
            "revocations": self.revocations,
            "rows": self.rows,
        }
        return json.dumps(facts, indent=2, sort_keys=True) + "\n"

    def hashed(self) -> str:
        """The hash of the proof as it stands."""
        return hashlib.sha256(self.proof.encode()).hexdigest()
