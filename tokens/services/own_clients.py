"""OAuth clients that a tenant brings: kept when Google accepts them, checked, rotated, removed.

Google lets a client have two secrets, so a new one is added before the old one is
taken away; `clients.credentials_of()` hands out both, as for the portal's own client.
"""

import hmac
from datetime import datetime

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from accounts.audit import Actor, record
from accounts.models import Tenant
from tokens.clientfiles import ClientFile
from tokens.events import Event
from tokens.google.client import ClientCredentials, Secret, try_client
from tokens.google.errors import ErrorClass, GoogleError
from tokens.google.journal import Subject
from tokens.google.returns import fault, needed
from tokens.keys import reveal, seal
from tokens.models import ClientSecret, GoogleConnection, IssuedRefreshToken, OAuthClient
from tokens.models.issued import LedgerState
from tokens.services.clients import opened_secret, resume_client, why_refused
from tokens.services.reconnect_mails import tell_of_breaks
from tokens.services.service_accounts import Refused
from tokens.states import ConnectionStatus, ReconnectReason

MOST_SECRETS = 2
_TWICE = "It is here already. To change its secret, use its card."


def add(tenant: Tenant, name: str, file: ClientFile, actor: Actor) -> OAuthClient:
    """Try a client at Google, and keep it, its secret sealed, when it works.

    Raises:
        Refused: it is here already, its addresses are not the portal's, or Google refuses it.
        GoogleError: Google could not be asked.
    """
    if file.client_id == settings.GOOGLE_CLIENT_ID:
        raise Refused("This is the portal's own client: it needs not be added.")
    if _known(file).filter(removed_at=None).exists():
        raise Refused(_TWICE)
    _refuse_other_addresses(file)
    _try(tenant, file)
    name = name or file.project or file.client_id.partition(".")[0]
    try:
        return _keep(tenant, name, file, actor)
    except IntegrityError:
        raise Refused("Somebody else added it meanwhile.") from None


def _known(file: ClientFile) -> QuerySet[OAuthClient]:
    return OAuthClient.objects.filter(tenant__isnull=False, client_id=file.client_id)


def _refuse_other_addresses(file: ClientFile) -> None:
    """Google compares character by character, and tells only the person, never the portal."""
    for uri in needed().values() if file.returns is not None else ():
        if why := fault(uri, file.returns or []):
            raise Refused(
                f"Google would not return to the portal. {why} Register exactly {uri} in Google "
                "Cloud, under Authorized redirect URIs; then download the file again, or type id "
                "and secret."
            )


def _try(tenant: Tenant, file: ClientFile) -> None:
    credentials = ClientCredentials(file.client_id, (Secret(file.secret),))
    if problem := _problem_with(credentials, tenant):
        raise Refused(f"{problem} A new secret works at Google after a few minutes.")


def _problem_with(credentials: ClientCredentials, tenant: Tenant) -> str:
    """Why Google refuses a client, as a sentence; empty when it accepts it."""
    try:
        try_client(credentials, Subject(tenant.pk))
    except GoogleError as error:
        if error.error_class is ErrorClass.CLIENT:
            return why_refused(error)
        raise
    return ""


@transaction.atomic
def _keep(tenant: Tenant, name: str, file: ClientFile, actor: Actor) -> OAuthClient:
    now = timezone.now()
    client = _known(file).first() or OAuthClient(tenant=tenant, client_id=file.client_id)
    client.name, client.project, client.added_by = name[:100], file.project, actor.user
    client.checked_at, client.problem, client.removed_at = now, "", None
    client.paused_at, client.pause_reason, client.probe_at = None, "", None
    client.created_at = now
    client.save()
    _seal(client, file.secret, actor, now)
    record(Event.CLIENT_ADDED, actor, target=client, client_id=file.client_id)
    return client


def _seal(client: OAuthClient, secret: str, actor: Actor, now: datetime) -> None:
    row = ClientSecret(tenant=_tenant_of(client), client=client, added_by=actor.user)
    row.last_four, row.accepted_at = secret[-4:], now
    seal(row, "secret", secret)
    row.save(force_insert=True)


def add_secret(client: OAuthClient, file: ClientFile, actor: Actor) -> None:
    """Try another secret of a client at Google, and use it from now on before the one that is here.

    Raises:
        Refused: it is another client's, here already, one too many, or Google refuses it.
        GoogleError: Google could not be asked.
    """
    if file.client_id != client.client_id:
        raise Refused("This is another client's. Nothing was changed.")
    _refuse_one_too_many(client)
    for row in client.secrets.all():
        if hmac.compare_digest(opened_secret(row).encode(), file.secret.encode()):
            raise Refused("This secret is here already. Nothing was changed.")
    _try(_tenant_of(client), file)
    with transaction.atomic():
        _lock(client)
        _refuse_one_too_many(client)
        now = timezone.now()
        _seal(client, file.secret, actor, now)
        _note(client, "", now)
        resume_client(client, actor)
        record(Event.CLIENT_SECRET_ADDED, actor, target=client, ends_in=file.secret[-4:])


def _refuse_one_too_many(client: OAuthClient) -> None:
    if client.secrets.count() >= MOST_SECRETS:
        raise Refused("Two secrets are here already, and Google knows no more. Remove the old one.")


def remove_secret(secret: ClientSecret, actor: Actor) -> None:
    """Destroy one of a client's two secrets here, when Google accepts the other.

    Raises:
        Refused: it is the only one, or Google does not accept the other; it stays.
        GoogleError: Google could not be asked.
    """
    client = secret.client
    other = client.secrets.exclude(pk=secret.pk).first()
    if other is None:
        raise Refused("It is the only one. Add the new secret first, or remove the client.")
    credentials = ClientCredentials(client.client_id, (Secret(reveal(other, "secret")),))
    if problem := _problem_with(credentials, _tenant_of(client)):
        raise Refused(f"The other one does not work, so this one stays. {problem}")
    with transaction.atomic():
        _lock(client)
        if client.secrets.count() < MOST_SECRETS:
            raise Refused("It is the only one now: somebody removed the other meanwhile.")
        secret.delete()
        now = timezone.now()
        ClientSecret.objects.filter(pk=other.pk).update(accepted_at=now)
        _note(client, "", now)
        record(Event.CLIENT_SECRET_REMOVED, actor, target=client, ended_in=secret.last_four)


def check(client: OAuthClient, actor: Actor) -> str:
    """Ask Google now about each secret; returns what is wrong, empty when the client works.

    Raises:
        GoogleError: Google could not be asked.
        SecretUnreadable: a stored secret does not open.
    """
    verdicts = [(row, _verdict(row)) for row in client.secrets.select_related("client__tenant")]
    problem = "" if any(not why for _, why in verdicts) else verdicts[0][1]
    now = timezone.now()
    with transaction.atomic():
        for row, why in verdicts:
            when = {"refused_at": now} if why else {"accepted_at": now}
            ClientSecret.objects.filter(pk=row.pk).update(**when)
        _note(client, problem, now)
        if not problem:
            resume_client(client, actor)
        record(Event.CLIENT_CHECKED, actor, target=client, works=not problem)
    return problem


def _verdict(row: ClientSecret) -> str:
    secret = Secret(reveal(row, "secret"))
    return _problem_with(ClientCredentials(row.client.client_id, (secret,)), row.tenant)


def living_through(client: OAuthClient) -> QuerySet[GoogleConnection]:
    """The connections that end when `client` is removed."""
    return GoogleConnection.objects.filter(client=client).exclude(
        status=ConnectionStatus.DISCONNECTED
    )


@transaction.atomic
def remove(client: OAuthClient, actor: Actor) -> int:
    """Destroy a client's secrets, and end every connection through it; returns how many.

    Google is told nothing: a revocation would end what the same people have allowed the
    whole Cloud project, which is the tenant's own and may serve others (contract §1.4).

    Raises:
        Refused: it is removed already.
    """
    _lock(client)
    now = timezone.now()
    if not OAuthClient.objects.filter(pk=client.pk, removed_at=None).update(
        removed_at=now, paused_at=None, pause_reason="", probe_at=None, problem=""
    ):
        raise Refused("It was removed already.")
    rows = list(living_through(client).select_for_update(of=("self",)))
    # Raising the fence keeps a refresh that is under way from writing its answer back.
    living_through(client).update(
        status=ConnectionStatus.NEEDS_RECONNECT,
        reason=ReconnectReason.CLIENT_REMOVED,
        fence=F("fence") + 1,
        refresh_token=None,
        access_token=None,
        access_expires_at=None,
        refresh_expires_at=None,
        leased_until=None,
        refresh_due_at=None,
    )
    IssuedRefreshToken.objects.filter(client=client, state=LedgerState.LIVE).update(
        state=LedgerState.REPLACED, ended_at=now
    )
    ClientSecret.objects.filter(client=client).delete()
    reason = ReconnectReason.CLIENT_REMOVED.value
    for row in rows:
        record(Event.CONNECTION_NEEDS_RECONNECT, actor, target=row, reason=reason)
        row.fence += 1
    if worked := [row for row in rows if row.is_usable]:
        tell_of_breaks(worked, actor)
    record(Event.CLIENT_REMOVED, actor, target=client, connections=len(rows))
    return len(rows)


def _lock(client: OAuthClient) -> None:
    """Whoever changes a client takes turns with whoever connects through it."""
    OAuthClient.objects.select_for_update(no_key=True).get(pk=client.pk)


def _note(client: OAuthClient, problem: str, now: datetime) -> None:
    OAuthClient.objects.filter(pk=client.pk).update(checked_at=now, problem=problem[:400])


def _tenant_of(client: OAuthClient) -> Tenant:
    if client.tenant is None:
        raise ValueError("The portal's own client is changed in its settings.")
    return client.tenant
