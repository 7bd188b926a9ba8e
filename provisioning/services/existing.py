"""Using an account that exists already: listed, picked, verified, recorded."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.audit import Actor, by_google, record
from accounts.models import Tenant
from provisioning.events import Event
from provisioning.google.admin_api import WebStream
from provisioning.google.catalogue import Catalogue, ListedAccount, ListedProperty
from provisioning.models import ProvisionedAccount, ProvisioningRequest
from provisioning.services.moves import first_move, move
from provisioning.states import Status
from tokens.models import GoogleConnection
from tokens.services.readers import Reader, read_with, subject_of


class NotThere(Exception):
    """Google does not list what was picked for this Google account. Nothing was changed."""


class RecordedAlready(Exception):
    """The tenant has a request for this very account, property and stream."""


@dataclass(frozen=True, slots=True)
class Picked:
    """What a person picked, as Google's API names it."""

    account: ListedAccount
    property: ListedProperty | None
    stream: WebStream | None


def list_accounts(reader: Reader) -> list[ListedAccount]:
    """All accounts that the reader's own token sees.

    Raises:
        ConnectionUnusable, Refused, SecretUnreadable, GoogleError: the list could not
            be had; that says nothing about which accounts there are.
    """
    subject = subject_of(reader)
    return read_with(
        reader, lambda token: list(Catalogue(token, subject).accounts_with_properties())
    )


def list_streams(reader: Reader, property_id: str) -> list[WebStream]:
    """The web streams of a property, as the reader's own token sees them.

    Raises:
        ConnectionUnusable, Refused, SecretUnreadable, GoogleError: as `list_accounts`.
    """
    subject = subject_of(reader)
    return read_with(reader, lambda token: Catalogue(token, subject).streams(property_id))


def verify_pick(reader: Reader, account_id: str, property_id: str, stream_id: str) -> Picked:
    """What the ids stand for, if Google lists each of them inside the other now.

    Raises:
        NotThere: Google does not.
        ConnectionUnusable, Refused, SecretUnreadable, GoogleError: as `list_accounts`.
    """
    accounts = {one.account_id: one for one in list_accounts(reader)}
    account = accounts.get(account_id)
    if account is None:
        raise NotThere(f"account {account_id}")
    if not property_id:
        return Picked(account, None, None)
    chosen = {one.property_id: one for one in account.properties}.get(property_id)
    if chosen is None:
        raise NotThere(f"property {property_id}")
    if not stream_id:
        return Picked(account, chosen, None)
    streams = {one.stream_id: one for one in list_streams(reader, property_id)}
    if stream_id not in streams:
        raise NotThere(f"stream {stream_id}")
    return Picked(account, chosen, streams[stream_id])


def use_existing(
    *,
    tenant: Tenant,
    reader: Reader,
    picked: Picked,
    submission: UUID,
    actor: Actor,
    request: ProvisioningRequest | None = None,
) -> ProvisioningRequest:
    """Record what was verified: for `request`, or for a new one that is completed at once.

    Raises:
        RecordedAlready: the tenant has it already.
        UnlawfulMove, TooLate: `request` has nothing to be completed with.
    """
    try:
        with transaction.atomic():
            row = request or _new(tenant, picked, submission, actor)
            _record(row, reader, picked, actor)
    except IntegrityError as error:
        raise RecordedAlready from error
    return row


def _new(tenant: Tenant, picked: Picked, submission: UUID, actor: Actor) -> ProvisioningRequest:
    row = ProvisioningRequest.objects.create(
        tenant=tenant,
        submission=submission,
        created_by=actor.user,
        account_name=picked.account.name[:100],
        property_name=picked.property.name[:100] if picked.property else "",
        website_url=picked.stream.default_uri[:500] if picked.stream else "",
    )
    first_move(row, reason="An existing account was picked", actor=actor)
    return row


def _record(row: ProvisioningRequest, reader: Reader, picked: Picked, actor: Actor) -> None:
    account = ProvisionedAccount.objects.create(
        tenant_id=row.tenant_id,
        request=row,
        existing=True,
        account_id=picked.account.account_id,
        account_name=picked.account.name,
        property_id=picked.property.property_id if picked.property else "",
        property_name=picked.property.name if picked.property else "",
        stream_id=picked.stream.stream_id if picked.stream else "",
        measurement_id=picked.stream.measurement_id if picked.stream else "",
        verified_at=timezone.now(),
    )
    record(Event.ACCOUNT_VERIFIED, by_google(), target=account, account_id=account.account_id)
    move(
        row,
        Status.COMPLETED,
        reason=f"Existing account {account.account_id} is used; Google's API confirms it",
        actor=actor,
        **_through(reader),
    )


def _through(reader: Reader) -> dict[str, Any]:
    """By whom it was confirmed: a connection, or the name of a service account."""
    if isinstance(reader, GoogleConnection):
        return {"connection": reader}
    return {"read_through": reader.email}
