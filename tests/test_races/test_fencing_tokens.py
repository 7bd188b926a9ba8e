"""Whoever lost a lease writes nothing, in every place where one may be lost.

The fencing token alone tells the two apart here: status and everything else of the row are as
the slow worker saw them. Take the token out of any of these writes, and its case fails.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.db import models
from django.db.models import F
from django.utils import timezone

from accounts.audit.recording import by_worker
from accounts.email.models import QueuedEmail
from accounts.email.services import queue
from accounts.email.services.kinds import KINDS
from accounts.members.services.emails import RoleChanged
from accounts.tenancy.scope import tenant_scope
from accounts.users.models import User
from provisioning.requests.services import drafts, leases
from provisioning.requests.services.requests import wait_for
from provisioning.requests.services.transitions import TooLate, change_status
from provisioning.requests.states import Status
from provisioning.requests.unscoped import is_due_by_clock
from tests.cast import Cast
from tests.rows import connection_row, request_row
from tokens.clients.services.clients import portal_client
from tokens.connections.models.connection import GoogleConnection
from tokens.connections.models.oauth_flow import OAuthFlow
from tokens.connections.services import access_token, disconnect
from tokens.connections.services.refresh.lease import lease_due
from tokens.connections.services.refresh.results import Outcome, write_outcomes
from tokens.connections.services.status import needs_reconnect
from tokens.connections.states import ReconnectReason
from tokens.encryption.models.rotation import KeyRotation, RotationKind, RotationState
from tokens.encryption.services.rotation import Worker
from tokens.exchanges.recording import Entry
from tokens.google.errors import ErrorKind, GoogleError, Trouble
from tokens.google.oauth import Asked, TokenAnswer
from tokens.service_accounts.models.rotation import ServiceAccountRotation
from tokens.service_accounts.models.service_account import ServiceAccount, ServiceAccountKey
from tokens.service_accounts.services import rotation as account_rotation
from tokens.service_accounts.states import AccountRotationState

pytestmark = pytest.mark.django_db


@dataclass(frozen=True, slots=True)
class Case:
    """Makes a row as a worker has read it; then that worker writes."""

    make: Callable[[Cast], models.Model]
    write: Callable[[Any], object]


def a_request(status: Status) -> Callable[[Cast], models.Model]:
    return lambda cast: request_row(connection_row(cast.tenant), status)


def a_connection(cast: Cast) -> models.Model:
    row = connection_row(cast.tenant)
    return GoogleConnection.objects.select_related("client", "tenant").get(pk=row.pk)


def an_email(cast: Cast) -> QueuedEmail:
    return QueuedEmail.objects.create(
        tenant=cast.tenant,
        recipient=cast.owner,
        kind=RoleChanged.name,
        target_id=str(cast.owner.pk),
        due_at=timezone.now(),
    )


def a_key_rotation(cast: Cast) -> models.Model:
    return KeyRotation.objects.create(kind=RotationKind.RESEAL, state=RotationState.RUNNING)


def an_account_rotation(cast: Cast) -> models.Model:
    account = ServiceAccount.objects.create(tenant=cast.tenant, email="robot@p.example")
    key = ServiceAccountKey.objects.create(tenant=cast.tenant, account=account, kid="k")
    return ServiceAccountRotation.objects.create(
        tenant=cast.tenant, account=account, old_key=key, due_at=timezone.now()
    )


ASKED = Entry("POST", "https://google.example/token", "", 200, "", 1)


def answered(refresh_token: str | None) -> Callable[[GoogleConnection], None]:
    def write(row: GoogleConnection) -> None:
        tokens = TokenAnswer(
            access_token="ya29.emu-canary-late",
            expires_in=3599,
            scope=row.scopes,
            refresh_token=refresh_token,
        )
        write_outcomes([Outcome(row, Asked(ASKED, tokens=tokens))], timezone.now())

    return write


def refused(kind: ErrorKind) -> Callable[[GoogleConnection], None]:
    def write(row: GoogleConnection) -> None:
        error = GoogleError(Trouble(kind, message="canary"))
        write_outcomes([Outcome(row, Asked(ASKED, error=error))], timezone.now())

    return write


def later() -> Any:
    return timezone.now() + timedelta(hours=1)


_LATE = {"account_name": "late", "property_name": "late", "website_url": "https://late.example"}
CASES = {
    "a request is leased": Case(
        a_request(Status.QUEUED), lambda row: leases._lease(row, timezone.now())
    ),
    "a lease of a request is extended": Case(a_request(Status.VERIFYING), leases.extend),
    "a request is postponed": Case(
        a_request(Status.VERIFYING), lambda row: leases.postpone(row, later(), "late")
    ),
    "a request is held": Case(
        a_request(Status.VERIFYING), lambda row: leases.hold(row, later(), "late")
    ),
    "a request changes its status": Case(
        a_request(Status.QUEUED),
        lambda row: change_status(row, Status.REQUESTING, reason="late", actor=by_worker()),
    ),
    "details are changed": Case(a_request(Status.DRAFT), lambda row: drafts._rewrite(row, _LATE)),
    "a connection is leased": Case(a_connection, access_token._lease),
    "a refreshed token is stored": Case(a_connection, answered(None)),
    "a new refresh token is stored": Case(a_connection, answered("1//emu-canary-late")),
    "a failed refresh is noted": Case(a_connection, refused(ErrorKind.TIMEOUT)),
    "a refused refresh ends a connection": Case(a_connection, refused(ErrorKind.GRANT_DEAD)),
    "a connection needs its person": Case(
        a_connection, lambda row: needs_reconnect(row, ReconnectReason.REVOKED)
    ),
    "a connection is disconnected": Case(a_connection, disconnect._end),
    "an e-mail is settled": Case(an_email, lambda row: queue._settle(row, sent_at=timezone.now())),
    "an e-mail is set back": Case(
        an_email, lambda row: queue._set_back(row, KINDS[row.kind], "late")
    ),
    "a key rotation goes on": Case(a_key_rotation, lambda row: Worker(row)._still_mine()),
    "a key rotation ends": Case(a_key_rotation, lambda row: Worker(row)._finish()),
    "a key rotation is let go": Case(a_key_rotation, lambda row: Worker(row).let_go()),
    "a service account's rotation moves": Case(
        an_account_rotation,
        lambda row: account_rotation._move(
            row, AccountRotationState.CREATING, timedelta(0), known_kids=["late"]
        ),
    ),
    "a service account's rotation notes a try": Case(
        an_account_rotation,
        lambda row: account_rotation._mine(row).update(attempted_at=timezone.now()),
    ),
}


def stored(row: models.Model) -> dict[str, Any]:
    found = type(row)._base_manager.filter(pk=row.pk).values().get()
    # Telling two reads apart is not what is looked at.
    return {name: str(value) for name, value in found.items()}


@pytest.mark.parametrize("name", CASES)
def test_who_lost_the_lease_writes_nothing(cast: Cast, name: str) -> None:
    case = CASES[name]
    with tenant_scope(cast.tenant):
        row = case.make(cast)
        type(row)._base_manager.filter(pk=row.pk).update(fencing_token=F("fencing_token") + 1)
        before = stored(row)
        with suppress(TooLate, disconnect.NotConnected):
            case.write(row)
        assert stored(row) == before


@pytest.mark.parametrize("name", CASES)
def test_who_holds_the_lease_writes(cast: Cast, name: str) -> None:
    """The same writes do change the row when nobody else has it: the cases above can fail."""
    case = CASES[name]
    with tenant_scope(cast.tenant):
        row = case.make(cast)
        if isinstance(row, KeyRotation):
            KeyRotation.objects.filter(pk=row.pk).update(leased_until=timezone.now())
        before = stored(row)
        case.write(row)
        assert stored(row) != before


CHANGED: dict[str, Callable[[Any], object]] = {
    "its details": lambda row: (
        type(row).objects.filter(pk=row.pk).update(region_code="PT", updated_at=timezone.now())
    ),
    "the trip that it waits for": lambda row: wait_for(row, another_flow(row)),
}


def another_flow(row: Any) -> OAuthFlow:
    return OAuthFlow.objects.create(
        tenant_id=row.tenant_id,
        user=User.objects.get(email="olive@acme.example"),
        client=portal_client(),
        state_hash="another trip",
        expires_at=timezone.now(),
    )


@pytest.mark.parametrize("name", CHANGED)
def test_a_request_is_leased_only_as_it_was_read(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """What people change without a fencing token is not worked on as it was before."""
    many: list[object] = []

    def changed_first(row: Any, now: Any) -> bool:
        if not many:
            many.append(CHANGED[name](row))
        return is_due_by_clock(row, now)

    monkeypatch.setattr("provisioning.requests.services.leases.is_due_by_clock", changed_first)
    with tenant_scope(cast.tenant):
        row: Any = a_request(Status.QUEUED)(cast)
        type(row).objects.filter(pk=row.pk).update(due_at=timezone.now())
        assert leases.lease(row.pk) is None
        taken = leases.lease(row.pk)
        assert taken is not None
        row.refresh_from_db()
        assert (taken.region_code, taken.authorization_id, taken.fencing_token) == (
            row.region_code,
            row.authorization_id,
            1,
        )


def test_taking_due_connections_raises_their_fencing_tokens(cast: Cast) -> None:
    row = connection_row(cast.tenant)
    with tenant_scope(cast.tenant):
        GoogleConnection.objects.filter(pk=row.pk).update(refresh_due_at=timezone.now())
        before = GoogleConnection.objects.get(pk=row.pk)
    batches = lease_due(portal_client(), timezone.now(), 10)
    assert [(taken.pk, taken.fencing_token) for lease in batches for taken in lease.rows] == [
        (row.pk, before.fencing_token + 1)
    ]
    assert lease_due(portal_client(), timezone.now(), 10) == []
    with tenant_scope(cast.tenant):
        assert GoogleConnection.objects.get(pk=row.pk).fencing_token == before.fencing_token + 1


def test_due_emails_are_taken_by_one_and_their_fencing_tokens_raised(cast: Cast) -> None:
    with tenant_scope(cast.tenant):
        row = an_email(cast)
        taken = queue._leased(row, KINDS[row.kind])
        assert [email.fencing_token for email in taken] == [1]
        assert queue._leased(row, KINDS[row.kind]) == []
