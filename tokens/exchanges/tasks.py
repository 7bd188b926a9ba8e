"""What workers do with the record of exchanges."""

from celery import shared_task
from django.utils import timezone

from tokens.exchanges.services import prune_exchanges as prune_what_is_old


@shared_task(name="tokens.prune_exchanges")
def prune_exchanges() -> None:
    """Forget what was said to Google too long ago."""
    prune_what_is_old(timezone.now())
