"""Disconnecting a Google account: here at once, at Google as soon as it answers.

Revoking one token ends every permission that the person gave to the whole
Google project (contract §1.4), so Google is only told when no other connection
lives on the same account. That is decided when a person disconnects, and looked
at again before each try, because somebody may have connected meanwhile.
"""

from dataclasses import dataclass

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts.audit.recording import Actor, record
from accounts.values.email_address import shown
from tokens.clients.models.client import OAuthClient
from tokens.connections.models.connection import GoogleConnection
from tokens.connections.models.revocation import Revocation, RevocationState
from tokens.connections.services.ledger import let_go
from tokens.connections.states import CONNECTION_TRANSITIONS, ConnectionStatus
from tokens.connections.unscoped import living_on
from tokens.encryption.sealing import SecretUnreadable, reveal, seal
from tokens.events import Event

UNREADABLE = "The stored permission could not be opened, so there was nothing to tell Google with."


class NotConnected(Exception):
    """The connection cannot be disconnected from the state it is in. Nothing was changed."""


@dataclass(frozen=True, slots=True)
class DisconnectPreview:
    """What disconnecting would do at Google."""

    others: int

    @property
    def tells_google(self) -> bool:
        """Whether Google will be asked to end the permission."""
        return self.others == 0


def preview(connection: GoogleConnection) -> DisconnectPreview:
    """What disconnecting `connection` would do at Google, as things are now."""
    return DisconnectPreview(
        living_on(connection.client.client_id, connection.sub, besides=connection.pk)
    )


def last_revocation(connection: GoogleConnection) -> Revocation | None:
    """What became of the permission at Google, while the connection is disconnected."""
    if connection.status != ConnectionStatus.DISCONNECTED:
        return None
    return Revocation.objects.filter(connection=connection).first()


@transaction.atomic
def disconnect(connection: GoogleConnection, actor: Actor) -> Revocation:
    """End `connection` here, destroy its secrets, and write down what Google is to be told.

    Raises:
        NotConnected: it is disconnected already.
    """
    row = _locked(connection)
    revocation = _revocation(row)
    _end(row)
    revocation.save()
    let_go(row)
    record(
        Event.CONNECTION_DISCONNECTED,
        actor,
        target=row,
        google=revocation.state,
        others=revocation.problem,
    )
    return revocation


def _locked(connection: GoogleConnection) -> GoogleConnection:
    # Whoever disconnects through one client takes turns: of two last connections
    # that end in the same moment, the second must see that the first is gone.
    OAuthClient.objects.select_for_update(no_key=True).get(pk=connection.client_id)
    row = GoogleConnection.objects.select_for_update(of=("self",)).get(pk=connection.pk)
    if ConnectionStatus.DISCONNECTED not in CONNECTION_TRANSITIONS[ConnectionStatus(row.status)]:
        raise NotConnected(f"{shown(row.email)} is disconnected already.")
    return row


def _revocation(row: GoogleConnection) -> Revocation:
    """The token is sealed anew: a ciphertext opens only in the row that it was made for."""
    now = timezone.now()
    revocation = Revocation(tenant_id=row.tenant_id, connection=row)
    others = preview(row).others
    if others:
        return _kept(revocation, others)
    try:
        seal(revocation, "token", reveal(row, "refresh_token"))
    except SecretUnreadable:
        revocation.state, revocation.problem = RevocationState.GIVEN_UP, UNREADABLE
        revocation.finished_at = now
        return revocation
    revocation.due_at = now
    return revocation


def _kept(revocation: Revocation, others: int) -> Revocation:
    revocation.state, revocation.problem = RevocationState.KEPT, kept_because(others)
    revocation.finished_at = timezone.now()
    return revocation


def kept_because(others: int) -> str:
    """Why Google was not told, as a sentence."""
    many = "1 other connection lives" if others == 1 else f"{others} other connections live"
    return f"{many} on the same permission and would have ended with it."


def _end(row: GoogleConnection) -> None:
    """Raise the fencing token, so that a refresh under way cannot write its answer back."""
    moved = GoogleConnection.objects.filter(
        pk=row.pk, status=row.status, fencing_token=row.fencing_token
    ).update(
        status=ConnectionStatus.DISCONNECTED,
        reason="",
        fencing_token=F("fencing_token") + 1,
        refresh_token=None,
        access_token=None,
        access_expires_at=None,
        refresh_expires_at=None,
        leased_until=None,
        refresh_due_at=None,
        fresh_until=None,
    )
    if not moved:
        raise NotConnected(f"{shown(row.email)} was changed in the same moment.")
