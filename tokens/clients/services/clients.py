"""Which OAuth client is used, and what it proves itself with."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce

from accounts.audit.recording import Actor, by_google, by_worker, record
from accounts.email.services.queue import is_over
from accounts.values.expiring_cache import ExpiringCache
from tokens.clients.installed_app import BadClientFile, InstalledClient, installed_client
from tokens.clients.models.client import ClientSecret, OAuthClient, PortalSecret
from tokens.clients.refusals import said
from tokens.clients.services.emails import ClientRefused, tell_owners, tell_staff_of
from tokens.clients.services.portal_secrets import unlocked
from tokens.encryption.sealing import SecretUnreadable, reveal
from tokens.events import Event
from tokens.google.client import ClientCredentials, Secret
from tokens.google.errors import ErrorKind, GoogleError, Trouble
from tokens.google.oauth import Asked

log = structlog.get_logger(__name__)

_PROBE_FIRST = timedelta(minutes=1)
_PROBE_LONGEST = timedelta(minutes=15)
_NOTED = timedelta(minutes=1)
_MOST_NOTED = 1_000
AnySecret = ClientSecret | PortalSecret
# Of each secret of the portal's: whether Google accepted it last, and when that was written.
_noted: ExpiringCache[UUID, tuple[bool, datetime]] = ExpiringCache(_MOST_NOTED)


def portal_client() -> OAuthClient:
    """The portal's own client: as the environment names it, else the one that staff uploaded.

    Raises:
        GoogleError: there is none (`client_refused`).
    """
    client = known_portal_client()
    if client is None:
        raise _unknown("GOOGLE_CLIENT_ID is empty, and no client was uploaded")
    return client


def known_portal_client() -> OAuthClient | None:
    """The same; None where there is none."""
    if not settings.GOOGLE_CLIENT_ID:
        return uploaded_clients().first()
    client, _ = OAuthClient._base_manager.get_or_create(
        tenant=None, client_id=settings.GOOGLE_CLIENT_ID, defaults={"name": "The portal's own"}
    )
    if client.removed_at is not None:
        # It was uploaded and removed before the environment named it.
        OAuthClient._base_manager.filter(pk=client.pk).update(removed_at=None)
        client.removed_at = None
    return client


def has_portal_client() -> bool:
    """Whether there is one."""
    return bool(settings.GOOGLE_CLIENT_ID) or uploaded_clients().exists()


def uploaded_clients() -> QuerySet[OAuthClient]:
    """Clients of the portal's own whose secrets staff have uploaded, the one in use first.

    That is the one that was uploaded last, or chosen again since.
    """
    holds = PortalSecret.objects.filter(client=OuterRef("pk"))
    rows = OAuthClient._base_manager.filter(Exists(holds), tenant=None, removed_at=None)
    return rows.order_by(Coalesce("chosen_at", "created_at").desc(), "pk")


def is_portals(client_id: str) -> bool:
    """Whether the portal itself uses a client of this id, by its environment or an upload."""
    named = settings.GOOGLE_CLIENT_ID
    return client_id == named or uploaded_clients().filter(client_id=client_id).exists()


def terminal_client() -> OAuthClient:
    """The portal's client for terminals, as its file names it.

    Raises:
        GoogleError: there is no such file, or it cannot be used (`client_refused`).
    """
    installed = named_installed_client()
    if installed is None:
        raise _unknown("GOOGLE_INSTALLED_CLIENT_FILE is empty")
    client, _ = OAuthClient._base_manager.get_or_create(
        tenant=None, client_id=installed.client_id, defaults={"name": "The portal's, for terminals"}
    )
    return client


def is_for_terminals(client: OAuthClient) -> bool:
    """Whether Google lets `client` return to terminals only, never to the portal's addresses."""
    installed = named_installed_client()
    return installed is not None and installed.client_id == client.client_id


def leads_back(client: OAuthClient) -> bool:
    """Whether people can be sent to Google through `client`, and come back to the portal.

    It is here, a secret of it is known, and it is not the one for terminals.
    """
    if client.removed_at is not None or is_for_terminals(client):
        return False
    named = client.client_id == settings.GOOGLE_CLIENT_ID
    return client.is_own or named or client.portal_secrets.exists()


def own_clients() -> QuerySet[OAuthClient]:
    """The clients that the tenant in scope has brought and not removed, the newest first."""
    mine = OAuthClient.objects.filter(tenant__isnull=False, removed_at=None)
    return mine.order_by("-created_at", "pk")


def usual_client() -> OAuthClient:
    """The client that accounts are connected through unless a person chooses another.

    The tenant's newest of its own that works; without one, the portal's.

    Raises:
        GoogleError: there is none at all (`client_refused`).
    """
    return own_clients().filter(paused_at=None).first() or portal_client()


def choices() -> list[OAuthClient]:
    """What a person may choose from to connect an account, the usual one first.

    Raises:
        GoogleError: there is none at all (`client_refused`).
    """
    own = list(own_clients())
    portals = known_portal_client() if own else portal_client()
    if portals is None:
        return own
    everyone = [*own, portals]
    usual = next(one for one in everyone if not one.is_own or one.paused_at is None)
    return [usual, *(one for one in everyone if one != usual)]


def to_choose_from() -> list[OAuthClient]:
    """What people are asked to choose from; nothing where the tenant has brought no client."""
    return choices() if own_clients().exists() else []


def credentials_of(client: OAuthClient) -> ClientCredentials:
    """What `client` proves itself with at Google. A tenant's own needs that tenant in scope.

    Raises:
        GoogleError: its secret is not known any more, or does not open (`client_refused`).
        PortalSealed: a master key is missing; the secret may be well.
    """
    if client.is_own:
        return _own_credentials(client)
    if client.client_id != settings.GOOGLE_CLIENT_ID:
        return _kept_credentials(client)
    known = (settings.GOOGLE_CLIENT_SECRET, settings.GOOGLE_CLIENT_SECRET_OLD)
    newest, *old = known if known[1] else known[:1]
    return ClientCredentials(client.client_id, tuple(Secret(one) for one in (newest, *old)))


def _kept_credentials(client: OAuthClient) -> ClientCredentials:
    """Of the client for terminals, or of one that staff have uploaded, in use or before."""
    installed = named_installed_client()
    if installed is not None and installed.client_id == client.client_id:
        return ClientCredentials(installed.client_id, (Secret(installed.secret),))
    rows = list(PortalSecret.objects.filter(client=client))
    if not rows:
        raise _unknown("the portal's settings name another client")
    return _opened(client, rows)


def _own_credentials(client: OAuthClient) -> ClientCredentials:
    rows = list(ClientSecret.objects.filter(client=client))
    if not rows:
        raise _unknown("it was removed")
    return _opened(client, rows)


def _opened(client: OAuthClient, rows: Sequence[AnySecret]) -> ClientCredentials:
    opened = [Secret(secret, row.pk) for row in rows if (secret := opened_secret(row))]
    if not opened:
        raise _unknown("its stored secret cannot be opened")
    return ClientCredentials(client.client_id, tuple(opened))


def secret_in(row: AnySecret) -> str:
    """The secret in `row`.

    Raises:
        PortalSealed: a master key is missing.
        SecretUnreadable: it does not open.
    """
    return unlocked(row) if isinstance(row, PortalSecret) else reveal(row, "secret")


def opened_secret(row: AnySecret) -> str:
    """The secret in `row`, empty when it does not open: then the other one has to do.

    Raises:
        PortalSealed: a master key is missing.
    """
    try:
        return secret_in(row)
    except SecretUnreadable as error:
        log.warning("a stored client secret cannot be opened", secret=str(row.pk), why=str(error))
        return ""


def why_refused(error: GoogleError) -> str:
    """Why a client is refused, as a sentence for the people whose client it is."""
    return said(error.trouble.code, error.trouble.message)


def _unknown(why: str) -> GoogleError:
    return GoogleError(Trouble(ErrorKind.CLIENT_REFUSED, message=why))


def note_secrets(answers: Sequence[tuple[OAuthClient, Asked]], now: datetime) -> None:
    """Write which secrets Google accepted and refused: not more than once a minute, for people."""
    own = [asked for client, asked in answers if client.is_own]
    portals = [asked for client, asked in answers if not client.is_own]
    for pk, is_accepted in _verdicts(own):
        _note(ClientSecret.objects.filter(pk=pk), now, is_accepted=is_accepted)
    for pk, is_accepted in _verdicts(portals):
        # Every tenant's refreshes come by here: this process remembers what it has just written.
        before = _noted.get(pk)
        if before is None or before[0] != is_accepted or before[1] < now - _NOTED:
            _noted.put(pk, (is_accepted, now))
            _note(PortalSecret.objects.filter(pk=pk), now, is_accepted=is_accepted)


def _verdicts(answers: Sequence[Asked]) -> list[tuple[UUID, bool]]:
    """(secret, whether Google accepts it), in one order for all who write at the same time."""
    accepted = {(one.secret_accepted, True) for one in answers if one.secret_accepted}
    refused = {(row, False) for one in answers for row in one.secrets_refused}
    return sorted(accepted | refused)


def _note(
    rows: QuerySet[ClientSecret] | QuerySet[PortalSecret], now: datetime, *, is_accepted: bool
) -> None:
    it, other = ("accepted_at", "refused_at") if is_accepted else ("refused_at", "accepted_at")
    stale = Q((it, None)) | Q((f"{it}__lt", now - _NOTED)) | Q((f"{other}__gte", F(it)))
    rows.filter(stale).update(**{it: now})


def named_installed_client() -> InstalledClient | None:
    """The client for terminals that the settings name.

    Raises:
        GoogleError: its file cannot be used (`client_refused`).
    """
    try:
        return installed_client()
    except BadClientFile as error:
        raise _unknown(f"GOOGLE_INSTALLED_CLIENT_FILE cannot be used. {error}") from error


def client_refused(client: OAuthClient, error: GoogleError, now: datetime) -> None:
    """Pause `client`: Google refuses the client itself, so every refresh would fail the same way.

    No grant is touched. Staff, or the owners of its tenant, are told once; it is probed with one
    refresh at growing intervals, and so comes back by itself when it is mended.
    """
    why = why_refused(error) if client.is_own else str(error)
    with transaction.atomic():
        news = OAuthClient._base_manager.filter(pk=client.pk, paused_at=None).update(
            paused_at=now, pause_reason=why[:300], probe_at=now + _PROBE_FIRST
        )
        if news:
            _tell(client, error)
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
        is_over(ClientRefused, client.pk)


def _tell(client: OAuthClient, error: GoogleError) -> None:
    """Have whoever can mend it mailed: owners for a client of their own, else staff."""
    why = error.trouble.message or str(error)
    record(Event.CLIENT_PAUSED, by_google(), target=client, why=why, said=error.trouble.code)
    log.error("an OAuth client is refused by Google", client=client.client_id, why=why)
    if client.tenant is None:
        tell_staff_of(client, str(error), uploaded=_is_uploaded(client))
        return
    tell_owners(client, client.tenant, why_refused(error))


def _is_uploaded(client: OAuthClient) -> bool:
    return client.client_id != settings.GOOGLE_CLIENT_ID and client.portal_secrets.exists()
