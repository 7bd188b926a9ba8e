"""Stores what a flow brought back: the connection, its secrets, its ledger row, its record."""

import random
from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone

from accounts.audit.recording import Actor, differing, record
from tokens.connections.authorization_response import FlowEnded
from tokens.connections.models.connection import GoogleConnection
from tokens.connections.models.oauth_flow import OAuthFlow
from tokens.connections.models.reconnect_link import ReconnectLink
from tokens.connections.refresh_schedule import next_refresh
from tokens.connections.services.ledger import replaced_by
from tokens.connections.states import ConnectionStatus, FlowOutcome
from tokens.encryption.sealing import seal
from tokens.events import Event
from tokens.google.identity import Identity
from tokens.google.oauth import TokenAnswer

# What the record of a connection says, and what a renewed one had before.
_TOLD = ("email", "scopes", "status")


@dataclass(frozen=True, slots=True)
class Grant:
    """A checked answer: who, and what they granted."""

    identity: Identity
    answer: TokenAnswer
    scopes: frozenset[str]


def existing(flow: OAuthFlow, sub: str) -> GoogleConnection | None:
    """The tenant's connection of this Google account, whatever its state.

    One through the flow's own client goes first; else the one to be repaired, which
    moves to that client because its own was removed, or returns to terminals only.
    """
    return GoogleConnection.objects.filter(client=flow.client, sub=sub).first() or flow.reconnects


def store(flow: OAuthFlow, grant: Grant, actor: Actor) -> GoogleConnection:
    """Create or renew the connection, inside the caller's transaction.

    An answer without a refresh token leaves the stored one in place
    (contract §1.2). Raising the fencing token makes a refresh that is under way with the
    old token unable to overwrite the new one.

    Raises:
        TripEnd: the reconnect link was used meanwhile, or the account disconnected (`link_over`).
    """
    _use_up(flow.link, actor)
    found = existing(flow, grant.identity.sub)
    if found is None:
        connection = GoogleConnection(tenant_id=flow.tenant_id, client=flow.client)
    else:
        connection = GoogleConnection.objects.select_for_update().get(pk=found.pk)
        if flow.link_id is not None and connection.status == ConnectionStatus.DISCONNECTED:
            # A guest repairs what is broken; what a member has ended, only members begin again.
            raise FlowEnded(FlowOutcome.LINK_OVER)
    before = {name: getattr(connection, name) for name in _TOLD}
    _fill(connection, flow, grant)
    connection.save()
    if grant.answer.refresh_token:
        replaced_by(connection, grant.answer.refresh_token)
    tag = Event.CONNECTION_CONNECTED if found is None else Event.CONNECTION_RECONNECTED
    data = {name: getattr(connection, name) for name in _TOLD}
    record(tag, actor, target=connection, **(data if found is None else differing(before, data)))
    return connection


def _use_up(link: ReconnectLink | None, actor: Actor) -> None:
    """Let a reconnect link do its one piece of work. Of many at once the first one gets it."""
    if link is None:
        return
    unused = ReconnectLink.objects.filter(pk=link.pk, used_at=None)
    if not unused.update(used_at=timezone.now()):
        raise FlowEnded(FlowOutcome.LINK_OVER)
    record(Event.LINK_USED, actor, target=link)


def _fill(connection: GoogleConnection, flow: OAuthFlow, grant: Grant) -> None:
    now = timezone.now()
    answer = grant.answer
    connection.client = flow.client
    connection.sub = grant.identity.sub
    connection.email = grant.identity.email
    connection.email_verified = grant.identity.verified
    connection.scopes = " ".join(sorted(grant.scopes))
    connection.status = ConnectionStatus.ACTIVE
    connection.reason = ""
    connection.fencing_token += 1
    connection.leased_until = None
    connection.connected_by = flow.user or connection.connected_by
    connection.connected_at = connection.refreshed_at = now
    connection.access_expires_at = now + timedelta(seconds=answer.expires_in)
    connection.refresh_due_at = next_refresh(
        now=now,
        expires_at=connection.access_expires_at,
        fresh_until=connection.fresh_until,
        rand=random.random,
    )
    connection.refresh_tries = 0
    connection.error_kind = connection.error_code = connection.error_message = ""
    connection.error_at = None
    seal(connection, "access_token", answer.access_token)
    if answer.refresh_token:
        seal(connection, "refresh_token", answer.refresh_token)
        ends_in = answer.refresh_expires_in
        connection.refresh_expires_at = now + timedelta(seconds=ends_in) if ends_in else None
