"""Clockwork of the building itself."""

from celery import shared_task

from portal.heartbeat import beat


@shared_task(name="portal.heartbeat")
def heartbeat() -> None:
    """Leave a sign of life."""
    beat()
