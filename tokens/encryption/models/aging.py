"""What should be replaced when it has been in use for long enough."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.utils import timezone


class AgingModel(models.Model):
    """A credential that grows old: the longer it is used, the more copies there may be."""

    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        abstract = True

    @property
    def old_from(self) -> datetime:
        """When it should be replaced."""
        return self.created_at + timedelta(days=settings.CREDENTIAL_MAX_AGE_DAYS)

    @property
    def is_old(self) -> bool:
        """Whether it has been in use for longer than it should be."""
        return timezone.now() > self.old_from
