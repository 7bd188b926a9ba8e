"""The secrets of OAuth clients: tried at Google, kept, checked, rotated.

Google lets a client have two secrets, so a new one is added before the old one is
taken away; `clients.credentials_of()` hands out both. A tenant's own are sealed with
its data key, an uploaded client's of the portal's own with a master key.
"""

import hmac
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.audit.recording import Actor, record
from tokens.clients.client_files import ClientFile
from tokens.clients.models.client import ClientSecret, OAuthClient, PortalSecret
from tokens.clients.redirect_uris import fault, needed
from tokens.clients.services.clients import (
    AnySecret,
    opened_secret,
    resume_client,
    secret_in,
    why_refused,
)
from tokens.clients.services.portal_secrets import locked
from tokens.encryption.refusals import Refused
from tokens.encryption.sealing import seal
from tokens.events import Event
from tokens.exchanges.recording import Subject
from tokens.google.client import ClientCredentials, Secret, try_client
from tokens.google.errors import ErrorClass, GoogleError

MOST_SECRETS = 2


def secrets_of(client: OAuthClient) -> QuerySet[ClientSecret] | QuerySet[PortalSecret]:
    """The rows of its secrets, the newest first."""
    return client.secrets.all() if client.is_own else client.portal_secrets.all()


def refuse_other_addresses(file: ClientFile) -> None:
    """Google compares character by character, and tells only the person, never the portal.

    Raises:
        Refused: the portal's addresses are not registered; says which differs in what.
    """
    for uri in needed().values() if file.returns is not None else ():
        if why := fault(uri, file.returns or []):
            raise Refused(
                f"Google would not return to the portal. {why} Register exactly {uri} in Google "
                "Cloud, under Authorized redirect URIs; then download the file again, or type id "
                "and secret."
            )


def refuse_unless_google_accepts(file: ClientFile, subject: Subject | None) -> None:
    """Try id and secret at Google.

    Raises:
        Refused: Google refuses them.
        GoogleError: Google could not be asked.
    """
    credentials = ClientCredentials(file.client_id, (Secret(file.secret),))
    if problem := _problem_with(credentials, subject):
        raise Refused(f"{problem} A new secret works at Google after a few minutes.")


def _problem_with(credentials: ClientCredentials, subject: Subject | None) -> str:
    """Why Google refuses a client, as a sentence; empty when it accepts it."""
    try:
        try_client(credentials, subject)
    except GoogleError as error:
        if error.error_class is ErrorClass.CLIENT:
            return why_refused(error)
        raise
    return ""


@transaction.atomic
def take_in(client: OAuthClient, name: str, file: ClientFile, actor: Actor) -> OAuthClient:
    """Keep a client that Google has just accepted; one that was here before, or a new one.

    Raises:
        IntegrityError: somebody else added it at the same moment.
        PortalSealed: a master key is missing, so nothing can be kept.
        Refused: somebody else added it meanwhile.
    """
    if not client._state.adding:
        lock(client)
        if secrets_of(client).exists():
            raise Refused("Somebody else added it meanwhile.")
    now = timezone.now()
    client.name, client.project, client.added_by = name[:100], file.project, actor.user
    client.checked_at, client.problem, client.removed_at = now, "", None
    client.paused_at, client.pause_reason, client.probe_at = None, "", None
    client.created_at, client.chosen_at = now, None
    client.save()
    _keep_secret(client, file.secret, actor, now)
    record(Event.CLIENT_ADDED, actor, target=client, client_id=file.client_id)
    return client


def _keep_secret(client: OAuthClient, secret: str, actor: Actor, now: datetime) -> None:
    row: AnySecret
    if client.tenant is None:
        row = locked(client, secret, actor.user)
    else:
        row = ClientSecret(
            tenant=client.tenant, client=client, last_four=secret[-4:], added_by=actor.user
        )
        seal(row, "secret", secret)
    row.accepted_at = now
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
    for row in secrets_of(client):
        if hmac.compare_digest(opened_secret(row).encode(), file.secret.encode()):
            raise Refused("This secret is here already. Nothing was changed.")
    refuse_unless_google_accepts(file, _subject(client))
    with transaction.atomic():
        lock(client)
        _refuse_one_too_many(client)
        now = timezone.now()
        _keep_secret(client, file.secret, actor, now)
        _note(client, "", now)
        resume_client(client, actor)
        record(Event.CLIENT_SECRET_ADDED, actor, target=client, ends_in=file.secret[-4:])


def _refuse_one_too_many(client: OAuthClient) -> None:
    if secrets_of(client).count() >= MOST_SECRETS:
        raise Refused("Two secrets are here already, and Google knows no more. Remove the old one.")


def remove_secret(secret: AnySecret, actor: Actor) -> None:
    """Destroy one of a client's two secrets here, when Google accepts the other.

    Raises:
        Refused: it is the only one, or Google does not accept the other; it stays.
        GoogleError: Google could not be asked.
        SecretUnreadable: the other one does not open.
    """
    client = secret.client
    rows = secrets_of(client)
    other = rows.exclude(pk=secret.pk).first()
    if other is None:
        raise Refused("It is the only one. Add the new secret first, or remove the client.")
    if problem := _verdict(client, other):
        raise Refused(f"The other one does not work, so this one stays. {problem}")
    with transaction.atomic():
        lock(client)
        if rows.count() < MOST_SECRETS:
            raise Refused("It is the only one now: somebody removed the other meanwhile.")
        secret.delete()
        now = timezone.now()
        rows.filter(pk=other.pk).update(accepted_at=now)
        _note(client, "", now)
        record(Event.CLIENT_SECRET_REMOVED, actor, target=client, ended_in=secret.last_four)


def check(client: OAuthClient, actor: Actor) -> str:
    """Ask Google now about each secret; returns what is wrong, empty when the client works.

    Raises:
        GoogleError: Google could not be asked.
        SecretUnreadable: a stored secret does not open.
    """
    verdicts = [(row, _verdict(client, row)) for row in secrets_of(client)]
    problem = "" if any(not why for _, why in verdicts) else verdicts[0][1]
    now = timezone.now()
    with transaction.atomic():
        for row, why in verdicts:
            when = {"refused_at": now} if why else {"accepted_at": now}
            secrets_of(client).filter(pk=row.pk).update(**when)
        _note(client, problem, now)
        if not problem:
            resume_client(client, actor)
        record(Event.CLIENT_CHECKED, actor, target=client, works=not problem)
    return problem


def _verdict(client: OAuthClient, row: AnySecret) -> str:
    secret = Secret(secret_in(row))
    return _problem_with(ClientCredentials(client.client_id, (secret,)), _subject(client))


def _subject(client: OAuthClient) -> Subject | None:
    return Subject(client.tenant_id) if client.tenant_id else None


def lock(client: OAuthClient) -> None:
    """Whoever changes a client takes turns with whoever connects through it."""
    OAuthClient._base_manager.select_for_update(no_key=True).get(pk=client.pk)


def _note(client: OAuthClient, problem: str, now: datetime) -> None:
    rows = OAuthClient._base_manager.filter(pk=client.pk)
    rows.update(checked_at=now, problem=problem[:400])
