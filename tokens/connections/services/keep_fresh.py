"""Keeps access tokens fresh where work lies ahead."""

import random
from datetime import datetime

from django.db.models import Q
from django.utils import timezone

from tokens.connections.models.connection import GoogleConnection
from tokens.connections.refresh_schedule import next_refresh


def keep_fresh(connection: GoogleConnection, until: datetime) -> None:
    """Have workers keep `connection`'s access token fresh until then."""
    now = timezone.now()
    GoogleConnection.objects.filter(pk=connection.pk).filter(
        Q(fresh_until=None) | Q(fresh_until__lt=until)
    ).update(
        fresh_until=until,
        refresh_due_at=next_refresh(
            now=now,
            expires_at=connection.access_expires_at or now,
            fresh_until=until,
            rand=random.random,
        ),
    )
