"""Token buckets that all workers share."""

from django.db import models
from django.utils import timezone


class RateBucket(models.Model):
    """How much of a rate is left, for everybody who spends from it.

    Belongs to no tenant: rates are Google's limits on a client or a project.
    """

    name = models.CharField(max_length=100, unique=True)
    level = models.FloatField()
    filled_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = "rate bucket"

    def __str__(self) -> str:
        return self.name
