"""What workers do about sessions."""

from celery import shared_task

from accounts.authentication.services.sessions import forget_expired


@shared_task(name="accounts.forget_sessions")
def forget_sessions() -> None:
    """Throw away sessions whose time is over."""
    forget_expired()
