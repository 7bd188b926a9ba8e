"""Using an account that exists already: listed, picked, verified, recorded."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.audit.recording import Actor, by_google, record
from accounts.tenancy.models import Tenant
from provisioning.analytics.backends import Backend
from provisioning.analytics.google.backends import open_catalogue
from provisioning.analytics.google.catalogue import ListedAccount, ListedProperty, ListedStream
from provisioning.analytics.google.quotas import Cost
from provisioning.analytics.services.throttling import (
    charge_for_page,
    project_of,
    record_limit_for_page,
    take_for_page,
)
from provisioning.events import Event
from provisioning.requests.models.account import ProvisionedAccount
from provisioning.requests.models.request import ProvisioningRequest
from provisioning.requests.services.transitions import change_status, first_change
from provisioning.requests.states import Status
from tokens.connections.models.connection import GoogleConnection
from tokens.connections.services.api_credentials import Reader, read_with, subject_of
from tokens.google.errors import GoogleError


class NotThere(Exception):
    """Google does not list what was picked for this Google account. Nothing was changed."""


class RecordedAlready(Exception):
    """The tenant has a request for this very account, property and stream."""


@dataclass(frozen=True, slots=True)
class Picked:
    """What a person picked, as Google's API of this backend names it."""

    backend: Backend
    account: ListedAccount
    prop: ListedProperty | None = None
    stream: ListedStream | None = None

    @property
    def website_url(self) -> str:
        """The website that it measures, where Google says which."""
        where = self.stream or self.prop
        return where.website_url if where else ""

    @property
    def measurement_id(self) -> str:
        """What the tag carries, where there is a tag."""
        where = self.stream or self.prop
        return where.measurement_id if where else ""


@dataclass(frozen=True, slots=True)
class Listing:
    """What Google lists: all accounts, and the place in them that was asked for, if it is there."""

    accounts: list[ListedAccount]
    account: ListedAccount | None = None
    prop: ListedProperty | None = None
    streams: Sequence[ListedStream] = ()


def look_up(
    reader: Reader, backend: Backend, account_id: str = "", property_id: str = ""
) -> Listing:
    """What the reader's own token sees now through the API of `backend`.

    Raises:
        ConnectionUnusable, Refused, SecretUnreadable, GoogleError: the list could not
            be had; that says nothing about which accounts there are.
    """
    subject, payer = subject_of(reader), _payer(reader)
    cost = Cost(2 if property_id else 1)
    take_for_page(backend, *payer, cost)

    def look(token: str) -> Listing:
        catalogue = open_catalogue(backend, token, subject)
        accounts = catalogue.accounts()
        account = next((one for one in accounts if one.account_id == account_id), None)
        inside = account.properties if account else ()
        prop = next((one for one in inside if one.property_id == property_id), None)
        streams = catalogue.streams(account_id, prop) if prop else ()
        return Listing(accounts, account, prop, streams)

    try:
        listing = read_with(reader, look)
    except GoogleError as error:
        record_limit_for_page(backend, *payer, error, cost)
        raise
    charge_for_page(backend, *payer, len(listing.accounts))
    return listing


def _payer(reader: Reader) -> tuple[str, str]:
    """Whose quotas pay: of which project, and as which user."""
    if isinstance(reader, GoogleConnection):
        return project_of(reader.client), reader.sub
    return reader.project, reader.email


def verify_pick(
    reader: Reader, backend: Backend, account_id: str, property_id: str, stream_id: str
) -> Picked:
    """What the ids stand for, if Google lists each of them inside the other now.

    Raises:
        NotThere: Google does not.
        ConnectionUnusable, Refused, SecretUnreadable, GoogleError: as `look_up`.
    """
    listing = look_up(reader, backend, account_id, property_id)
    if listing.account is None:
        raise NotThere(f"account {account_id}")
    if property_id and listing.prop is None:
        raise NotThere(f"property {property_id}")
    stream = next((one for one in listing.streams if one.stream_id == stream_id), None)
    if stream_id and stream is None:
        raise NotThere(f"{'view' if backend is Backend.V3 else 'stream'} {stream_id}")
    return Picked(backend, listing.account, listing.prop, stream)


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
        backend=picked.backend,
        account_name=picked.account.name[:100],
        property_name=picked.prop.name[:100] if picked.prop else "",
        stream_name=picked.stream.name[:255] if picked.stream else "",
        website_url=picked.website_url[:500],
    )
    first_change(row, reason="An existing account was picked", actor=actor)
    return row


def _record(row: ProvisioningRequest, reader: Reader, picked: Picked, actor: Actor) -> None:
    account = ProvisionedAccount.objects.create(
        tenant_id=row.tenant_id,
        request=row,
        existing=True,
        account_id=picked.account.account_id,
        account_name=picked.account.name,
        property_id=picked.prop.property_id if picked.prop else "",
        property_name=picked.prop.name if picked.prop else "",
        stream_id=picked.stream.stream_id if picked.stream else "",
        measurement_id=picked.measurement_id,
        verified_at=timezone.now(),
    )
    record(Event.ACCOUNT_VERIFIED, by_google(), target=account, account_id=account.account_id)
    change_status(
        row,
        Status.COMPLETED,
        reason=f"Existing account {account.account_id} is used; Google's API confirms it",
        actor=actor,
        backend=picked.backend,
        **_through(reader),
    )


def _through(reader: Reader) -> dict[str, Any]:
    """By whom it was confirmed: a connection, or the name of a service account."""
    if isinstance(reader, GoogleConnection):
        return {"connection": reader}
    return {"read_through": reader.email}
