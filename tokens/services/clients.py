"""Which OAuth client is used, and what it proves itself with."""

from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.core.mail import mail_admins
from django.db import transaction

from accounts.audit import Actor, by_google, by_worker, record
from tokens.events import Event
from tokens.google.client import ClientCredentials
from tokens.google.errors import ErrorKind, GoogleError, Trouble
from tokens.models import OAuthClient

log = structlog.get_logger(__name__)

_PROBE_FIRST = timedelta(minutes=1)
_PROBE_LONGEST = timedelta(minutes=15)


def portal_client() -> OAuthClient:
    """The portal's own client, as the environment names it.

    Raises:
        GoogleError: the environment names none (`client_refused`).
    """
    if not settings.GOOGLE_CLIENT_ID:
        raise GoogleError(Trouble(ErrorKind.CLIENT_REFUSED, message="GOOGLE_CLIENT_ID is empty"))
    client, _ = OAuthClient._base_manager.get_or_create(
        tenant=None, client_id=settings.GOOGLE_CLIENT_ID, defaults={"name": "The portal's own"}
    )
    return client


def credentials_of(client: OAuthClient) -> ClientCredentials:
    """What `client` proves itself with at Google.

    Raises:
        GoogleError: its secret is not known any more (`client_refused`).
    """
    if client.client_id != settings.GOOGLE_CLIENT_ID:
        raise GoogleError(Trouble(ErrorKind.CLIENT_REFUSED, message="unknown client"))
    newest, old = settings.GOOGLE_CLIENT_SECRET, settings.GOOGLE_CLIENT_SECRET_OLD
    return ClientCredentials(client.client_id, (newest, old) if old else (newest,))


def client_refused(client: OAuthClient, error: GoogleError, now: datetime) -> None:
    """Pause `client`: Google refuses the client itself, so every refresh would fail the same way.

    No grant is touched. Staff are told once; the client is probed with one
    refresh at growing intervals, and so comes back by itself when it is mended.
    """
    news = OAuthClient._base_manager.filter(pk=client.pk, paused_at=None).update(
        paused_at=now, pause_reason=str(error)[:300], probe_at=now + _PROBE_FIRST
    )
    if news:
        _tell_staff(client, error)
        return
    paused_at = OAuthClient._base_manager.values_list("paused_at", flat=True).get(pk=client.pk)
    lasted = now - paused_at if paused_at else _PROBE_FIRST
    probe = min(max(lasted, _PROBE_FIRST), _PROBE_LONGEST)
    OAuthClient._base_manager.filter(pk=client.pk).update(probe_at=now + probe)


def client_works(client: OAuthClient) -> None:
    """Google accepted `client`: end its pause, if it had one."""
    if client.paused_at is not None:
        resume_client(client, by_worker())


@transaction.atomic
def resume_client(client: OAuthClient, actor: Actor) -> None:
    """End the pause of `client`: by itself when a probe worked, or because staff say so."""
    ended = OAuthClient._base_manager.filter(pk=client.pk, paused_at__isnull=False).update(
        paused_at=None, pause_reason="", probe_at=None
    )
    if ended:
        client.paused_at = None
        record(Event.CLIENT_RESUMED, actor, target=client)


@transaction.atomic
def _tell_staff(client: OAuthClient, error: GoogleError) -> None:
    record(Event.CLIENT_PAUSED, by_google(), target=client, why=str(error), said=error.trouble.code)
    log.error("an OAuth client is refused by Google", client=client.client_id, why=str(error))
    text = (
        f"{error}\n\nRefreshes through “{client}” are paused; no grant is lost. Check its id and "
        "secret. The portal tries it again by itself, and goes on when Google accepts it."
    )
    subject = f"Google refuses the OAuth client “{client}”"
    transaction.on_commit(lambda: mail_admins(subject, text, fail_silently=False))
