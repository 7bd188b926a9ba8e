"""What went wrong in the portal itself: one row for each error page or failed task."""

from typing import ClassVar

from django.db import models


class ErrorReport(models.Model):
    """An error that nobody expected, under the reference that its page shows.

    Says what kind it was and where it was raised, never what the exception said: that may
    quote what people sent. The log has it, redacted, under the same reference.
    """

    reference = models.CharField(max_length=40, blank=True, db_index=True)
    kind = models.CharField(max_length=200)
    place = models.CharField(max_length=200)
    # The name of the route or the task, never an address.
    page = models.CharField("page or task", max_length=100)
    created_at = models.DateTimeField(auto_now_add=True)
    told_at = models.DateTimeField("told to staff", null=True)

    class Meta:
        ordering = ("-created_at", "-pk")
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=("kind", "place", "created_at"), name="error_alike"),
            models.Index(fields=("id",), condition=models.Q(told_at=None), name="error_untold"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} at {self.place}"
