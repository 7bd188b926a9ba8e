"""the OAuth flow: from a person's click to a stored, verified Google connection.

Rules of RFC 9700: one fixed redirect URI, a single-use state bound to the
browser session (§4.7), PKCE (§2.1.1), the state consumed before the code is
exchanged, the issuer checked when it is named (§4.4).
"""

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.http import QueryDict
from django.utils import timezone

from accounts.audit.recording import Actor, record, reference_id
from accounts.tenancy.models import Tenant
from accounts.users.models import User
from tokens.clients.models.client import OAuthClient
from tokens.clients.services.clients import (
    credentials_of,
    leads_back,
    portal_client,
    terminal_client,
    usual_client,
    why_refused,
)
from tokens.connections.authorization_response import FlowEnded, code_in
from tokens.connections.models.connection import GoogleConnection
from tokens.connections.models.oauth_flow import OAuthFlow
from tokens.connections.models.reconnect_link import ReconnectLink
from tokens.connections.services.consent_policy import lives, must_consent
from tokens.connections.services.store_grant import Grant, existing, store
from tokens.connections.states import FlowOutcome
from tokens.encryption.sealing import reveal, seal
from tokens.events import Event
from tokens.exchanges.models import Exchange
from tokens.exchanges.recording import Subject
from tokens.google.client import exchange_code
from tokens.google.errors import ErrorClass, ErrorKind, GoogleError
from tokens.google.identity import Untrusted, identify, with_address
from tokens.google.oauth import Expect, authorize_url
from tokens.google.scopes import (
    ANALYTICS_MANAGE_USERS,
    ANALYTICS_PROVISION,
    ASKED,
    ASKED_FOR_V3,
    canonical,
    missing_scopes,
)


@dataclass(frozen=True, slots=True)
class FlowPurpose:
    """What a flow is for: which connection it repairs, where it leads, what it tries again.

    A `legacy` flow asks for the scope of Google's legacy API besides, one for
    `access` for that of managing users. Others do not: beside a second permission
    Google shows boxes to tick, and people miss them. It goes `through` the client that a
    person chose; a connection keeps the one that it has.
    """

    reconnects: GoogleConnection | None = None
    return_to: str = ""
    first_try: OAuthFlow | None = None
    link: ReconnectLink | None = None
    legacy: bool = False
    access: bool = False
    through: OAuthClient | None = None
    # Where a terminal listens for the answer; a browser's flow has none.
    redirect_uri: str = ""

    @classmethod
    def again(cls, flow: OAuthFlow) -> "FlowPurpose":
        """The same purpose as a flow that came to nothing."""
        legacy = ANALYTICS_PROVISION in flow.scopes
        access = ANALYTICS_MANAGE_USERS in flow.scopes.split()
        first = flow.first_try or flow
        return cls(flow.reconnects, flow.return_to, first, flow.link, legacy, access, flow.client)

    def client(self) -> OAuthClient:
        """The client that the flow goes through: of those that are still here and return there.

        Raises:
            GoogleError: the portal has none.
        """
        if self.redirect_uri:
            return terminal_client()
        kept = self.reconnects.client if self.reconnects else self.through
        if kept is not None and leads_back(kept):
            return kept
        return portal_client() if self.reconnects else usual_client()

    @property
    def scopes(self) -> str:
        """What Google is asked for; what a connection has been granted is asked for again."""
        had = self.reconnects.granted if self.reconnects else frozenset()
        wanted = self.legacy or ANALYTICS_PROVISION in had
        asked = ASKED_FOR_V3 if settings.GOOGLE_PROVISIONING_V3 and wanted else ASKED
        access = self.access or ANALYTICS_MANAGE_USERS in had
        return " ".join([*asked, ANALYTICS_MANAGE_USERS] if access else asked)


class CallbackRefused(Exception):
    """A callback that belongs to no flow of this browser. Nothing was changed."""


def start_flow(
    *,
    tenant: Tenant,
    user: User | None,
    session_key: str,
    actor: Actor,
    purpose: FlowPurpose,
) -> tuple[OAuthFlow, str]:
    """Begin a flow. Returns it together with the address of Google's consent page.

    Raises:
        GoogleError: the portal has no OAuth client.
    """
    client = purpose.client()
    state, nonce, verifier = (secrets.token_urlsafe(size) for size in (32, 24, 48))
    flow = OAuthFlow(
        tenant=tenant,
        user=user,
        client=client,
        reconnects=purpose.reconnects,
        state_hash=digest(state),
        session_hash=digest(session_key),
        nonce_hash=digest(nonce),
        scopes=purpose.scopes,
        redirect_uri=purpose.redirect_uri,
        return_to=purpose.return_to,
        first_try=purpose.first_try,
        link=purpose.link,
        reference=reference_id(),
        expires_at=timezone.now() + timedelta(seconds=settings.GOOGLE_AUTHORIZATION_TTL),
    )
    with transaction.atomic():
        seal(flow, "code_verifier", verifier)
        flow.save()
        record(Event.FLOW_STARTED, actor, target=flow)
    url = authorize_url(
        client.client_id,
        state=state,
        nonce=nonce,
        challenge=_challenge(verifier),
        scopes=flow.scopes,
        expect=Expect(_hint(purpose), _shows_consent(client, purpose), flow.redirect_uri),
    )
    return flow, url


def _shows_consent(client: OAuthClient, purpose: FlowPurpose) -> bool:
    """A terminal cannot send people round a second time, so it asks at once."""
    asks = purpose.first_try is not None or bool(purpose.redirect_uri)
    return asks or must_consent(client, purpose.reconnects)


def _hint(purpose: FlowPurpose) -> str:
    """Whom Google should expect: the account to repair, or who came the first time."""
    if purpose.reconnects:
        return purpose.reconnects.email
    first = purpose.first_try
    return first.detail if first and first.outcome == FlowOutcome.NO_REFRESH_TOKEN else ""


def not_come_back(user: User) -> OAuthFlow | None:
    """The flow that `user` began last in this tenant, if they are still at Google or gave up."""
    last = OAuthFlow.objects.filter(user=user).select_related("client", "tenant").first()
    return last if last is not None and last.did_not_come_back else None


def digest(text: str) -> str:
    """The hash under which states, nonces and session keys are kept."""
    return hashlib.sha256(text.encode()).hexdigest()


def finish_flow(
    flow: OAuthFlow, query: QueryDict, *, user: User | None, session_key: str, actor: Actor
) -> OAuthFlow:
    """Handle what came back from Google for `flow`. Its `outcome` says how it ended.

    What is delivered a second time changes nothing: the flow comes back as the first delivery
    has left it, which may still be waiting for Google (`exchanging`).

    Raises:
        CallbackRefused: it came back in another browser.
    """
    traveller = user.pk if user else None
    if flow.user_id != traveller or not hmac.compare_digest(flow.session_hash, digest(session_key)):
        raise CallbackRefused("This sign-in at Google was started in another browser session.")
    try:
        if not _consume(flow):
            return flow
        _keep(flow, _grant(flow, query), actor)
    except FlowEnded as end:
        with transaction.atomic():
            _end(flow, end.outcome, end.detail)
            record(Event.FLOW_FAILED, actor, target=flow, outcome=end.outcome.value)
    return flow


def _consume(flow: OAuthFlow) -> bool:
    """Use up the state; whether this delivery was the first."""
    now = timezone.now()
    consumed = OAuthFlow.objects.filter(pk=flow.pk, consumed_at=None).update(
        consumed_at=now, outcome=FlowOutcome.EXCHANGING, reference=reference_id()
    )
    flow.refresh_from_db()
    if consumed and flow.expires_at <= now:
        raise FlowEnded(FlowOutcome.EXPIRED)
    return bool(consumed)


def _keep(flow: OAuthFlow, grant: Grant, actor: Actor) -> None:
    try:
        _keep_once(flow, grant, actor)
    except IntegrityError:
        # Another flow stored the same Google account in the same moment; now it is there.
        _keep_once(flow, grant, actor)


@transaction.atomic
def _keep_once(flow: OAuthFlow, grant: Grant, actor: Actor) -> None:
    if flow.client.is_own:
        # Held until the connection stands: who removes the client meanwhile ends this one too.
        client = OAuthClient.objects.select_for_update(no_key=True).get(pk=flow.client_id)
        if client.removed_at is not None:
            raise FlowEnded(FlowOutcome.CLIENT_REMOVED)
    flow.connection = store(flow, grant, actor)
    # It was made before anybody knew for whom.
    Exchange.objects.filter(subject=flow.pk).update(connection=flow.connection)
    _end(flow, FlowOutcome.CONNECTED, "")


def _grant(flow: OAuthFlow, query: QueryDict) -> Grant:
    code = code_in(query, issuer=settings.GOOGLE_ISSUER)
    if flow.client.removed_at is not None:
        raise FlowEnded(FlowOutcome.CLIENT_REMOVED)
    if flow.link is not None and flow.link.used_at is not None:
        # Spares the exchange; who comes in the same moment is stopped by `store()`.
        raise FlowEnded(FlowOutcome.LINK_OVER)
    subject = Subject(flow.tenant_id, None, flow.pk)
    try:
        credentials = credentials_of(flow.client)
        answer = exchange_code(
            credentials,
            code=code,
            code_verifier=reveal(flow, "code_verifier"),
            subject=subject,
            redirect_uri=flow.redirect_uri,
        )
        identity = identify(
            answer.id_token, client_id=credentials.client_id, nonce_hash=flow.nonce_hash
        )
        identity = with_address(identity, answer.access_token, subject)
    except Untrusted as error:
        raise FlowEnded(FlowOutcome.UNTRUSTED, str(error)) from error
    except GoogleError as error:
        raise FlowEnded(_outcome_of(error, flow.client), _why(error)) from error
    # An answer that names no scope grants what was asked for (RFC 6749 §5.1).
    scopes = canonical(flow.scopes if answer.scope is None else answer.scope)
    return _checked(flow, Grant(identity=identity, answer=answer, scopes=scopes))


def _why(error: GoogleError) -> str:
    """For whoever mends it: the reason in words, but for what Google refuses in its own."""
    match error.error_class:
        case ErrorClass.TRANSIENT:
            return str(error)
        case ErrorClass.CLIENT:
            return why_refused(error)
        case _:
            return error.trouble.message


def _outcome_of(error: GoogleError, client: OAuthClient) -> FlowOutcome:
    if error.kind is ErrorKind.ACCESS_DENIED:
        return FlowOutcome.BLOCKED
    if error.kind is ErrorKind.TOKEN_UNUSABLE:
        return FlowOutcome.UNTRUSTED
    match error.error_class:
        case ErrorClass.TRANSIENT:
            return FlowOutcome.UNREACHABLE
        case ErrorClass.CLIENT:
            return FlowOutcome.CLIENT_REFUSED if client.is_own else FlowOutcome.MISCONFIGURED
        case _:
            return FlowOutcome.REFUSED


def _checked(flow: OAuthFlow, grant: Grant) -> Grant:
    missing = missing_scopes(grant.scopes)
    if missing:
        raise FlowEnded(FlowOutcome.PARTIAL, " ".join(sorted(missing)))
    if flow.reconnects is not None and flow.reconnects.sub != grant.identity.sub:
        raise FlowEnded(FlowOutcome.WRONG_ACCOUNT, grant.identity.email)
    if not grant.answer.refresh_token and not _keeps_one(flow, grant.identity.sub):
        raise FlowEnded(FlowOutcome.NO_REFRESH_TOKEN, grant.identity.email)
    return grant


def _keeps_one(flow: OAuthFlow, sub: str) -> bool:
    known = existing(flow, sub)
    return known is not None and known.client_id == flow.client_id and lives(known)


def _end(flow: OAuthFlow, outcome: FlowOutcome, detail: str) -> None:
    flow.outcome, flow.detail, flow.code_verifier = outcome, detail[:300], None
    flow.save(update_fields=["outcome", "detail", "code_verifier", "connection"])


def _challenge(verifier: str) -> str:
    hashed = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(hashed).decode().rstrip("=")
