"""Reconnect links: made here, mailed by `emails`. `store_grant` notes their use."""

from django.db import transaction
from django.utils import timezone

from accounts.audit.recording import Actor, record
from accounts.email.link_tokens import MadeLink, link_of
from tokens.connections.models.connection import GoogleConnection
from tokens.connections.models.reconnect_link import LIFETIME, ReconnectLink
from tokens.events import Event


def reconnect_link(link: ReconnectLink) -> MadeLink[ReconnectLink]:
    """`link` with its address."""
    return link_of(link, "reconnect-link", (link.pk,))


@transaction.atomic
def make_link(connection: GoogleConnection, actor: Actor) -> MadeLink[ReconnectLink]:
    """A link with which the owner of the Google account can reconnect `connection`."""
    made = reconnect_link(
        ReconnectLink(
            tenant_id=connection.tenant_id,
            connection=connection,
            created_by=actor.user,
            expires_at=timezone.now() + LIFETIME,
        )
    )
    made.row.token_hash = made.token_hash
    made.row.save()
    record(Event.LINK_CREATED, actor, target=connection)
    return made
