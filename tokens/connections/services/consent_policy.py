"""When a new permission is asked for, and when the one that stands goes on being used.

Google keeps a limited number of refresh tokens for each account, and each consent
page makes one more (contract §1.2, §1.3). So nobody is sent through consent
whose permission works.
"""

from tokens.clients.models.client import OAuthClient
from tokens.connections.models.connection import GoogleConnection
from tokens.connections.models.oauth_flow import OAuthFlow
from tokens.connections.services.ledger import token_quota
from tokens.connections.states import FlowOutcome
from tokens.google.scopes import missing_scopes


def lives(connection: GoogleConnection) -> bool:
    """Whether the refresh token that is kept does all that is needed, and will go on to."""
    return (
        connection.is_usable
        and connection.refresh_token is not None
        and not missing_scopes(connection.granted)
        and not connection.ends_soon
        and not token_quota(connection).evicted
    )


def must_consent(client: OAuthClient, reconnects: GoogleConnection | None) -> bool:
    """Whether the person has to see the consent page, although it costs a refresh token.

    Without a connection to repair nobody knows yet who will come: whoever has
    connected before is likely to be it, and if not, is asked at once.
    """
    if reconnects is not None:
        return reconnects.client_id != client.pk or not lives(reconnects)
    return not GoogleConnection.objects.usable().filter(client=client).exists()


def to_be_asked_after_all(flow: OAuthFlow) -> bool:
    """Whether a flow brought no lasting permission because we did not ask for consent."""
    return (
        flow.outcome == FlowOutcome.NO_REFRESH_TOKEN
        and flow.first_try_id is None
        and not must_consent(flow.client, flow.reconnects)
    )
