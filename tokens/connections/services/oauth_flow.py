"""The Connect trip: from a person's click to a stored, verified Google connection.

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
from tokens.connections.authorization_response import TripEnd, code_in
from tokens.connections.models.connection import GoogleConnection
from tokens.connections.models.oauth_flow import Authorization
from tokens.connections.models.reconnect_link import ReconnectLink
from tokens.connections.services.consent_policy import lives, must_consent
from tokens.connections.services.store_grant import Grant, existing, store
from tokens.connections.states import TripOutcome
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
class Purpose:
    """What a trip is for: which connection it repairs, where it leads, what it tries again.

    A `legacy` trip asks for the scope of Google's legacy API besides, one for
    `access` for that of managing users. Others do not: beside a second permission
    Google shows boxes to tick, and people miss them. It goes `through` the client that a
    person chose; a connection keeps the one that it has.
    """

    reconnects: GoogleConnection | None = None
    return_to: str = ""
    first_try: Authorization | None = None
    link: ReconnectLink | None = None
    legacy: bool = False
    access: bool = False
    through: OAuthClient | None = None
    # Where a terminal listens for the answer; a browser's trip has none.
    redirect_uri: str = ""

    @classmethod
    def again(cls, trip: Authorization) -> "Purpose":
        """The same purpose as a trip that came to nothing."""
        legacy = ANALYTICS_PROVISION in trip.scopes
        access = ANALYTICS_MANAGE_USERS in trip.scopes.split()
        first = trip.first_try or trip
        return cls(trip.reconnects, trip.return_to, first, trip.link, legacy, access, trip.client)

    def client(self) -> OAuthClient:
        """The client that the trip goes through: of those that are still here and return there.

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
    """A callback that belongs to no trip of this browser. Nothing was changed."""


def start_trip(
    *,
    tenant: Tenant,
    user: User | None,
    session_key: str,
    actor: Actor,
    purpose: Purpose,
) -> tuple[Authorization, str]:
    """Begin a trip. Returns it together with the address of Google's consent page.

    Raises:
        GoogleError: the portal has no OAuth client.
    """
    client = purpose.client()
    state, nonce, verifier = (secrets.token_urlsafe(size) for size in (32, 24, 48))
    trip = Authorization(
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
        seal(trip, "code_verifier", verifier)
        trip.save()
        record(Event.TRIP_STARTED, actor, target=trip)
    url = authorize_url(
        client.client_id,
        state=state,
        nonce=nonce,
        challenge=_challenge(verifier),
        scopes=trip.scopes,
        expect=Expect(_hint(purpose), _shows_consent(client, purpose), trip.redirect_uri),
    )
    return trip, url


def _shows_consent(client: OAuthClient, purpose: Purpose) -> bool:
    """A terminal cannot send people round a second time, so it asks at once."""
    asks = purpose.first_try is not None or bool(purpose.redirect_uri)
    return asks or must_consent(client, purpose.reconnects)


def _hint(purpose: Purpose) -> str:
    """Whom Google should expect: the account to repair, or who came the first time."""
    if purpose.reconnects:
        return purpose.reconnects.email
    first = purpose.first_try
    return first.detail if first and first.outcome == TripOutcome.NO_REFRESH_TOKEN else ""


def not_come_back(user: User) -> Authorization | None:
    """The trip that `user` began last in this tenant, if they are still at Google or gave up."""
    last = Authorization.objects.filter(user=user).select_related("client", "tenant").first()
    return last if last is not None and last.did_not_come_back else None


def digest(text: str) -> str:
    """The hash under which states, nonces and session keys are kept."""
    return hashlib.sha256(text.encode()).hexdigest()


def finish_trip(
    trip: Authorization, query: QueryDict, *, user: User | None, session_key: str, actor: Actor
) -> Authorization:
    """Handle what came back from Google for `trip`. Its `outcome` says how it ended.

    What is delivered a second time changes nothing: the trip comes back as the first delivery
    has left it, which may still be waiting for Google (`exchanging`).

    Raises:
        CallbackRefused: it came back in another browser.
    """
    traveller = user.pk if user else None
    if trip.user_id != traveller or not hmac.compare_digest(trip.session_hash, digest(session_key)):
        raise CallbackRefused("This sign-in at Google was started in another browser session.")
    try:
        if not _consume(trip):
            return trip
        _keep(trip, _grant(trip, query), actor)
    except TripEnd as end:
        with transaction.atomic():
            _end(trip, end.outcome, end.detail)
            record(Event.TRIP_FAILED, actor, target=trip, outcome=end.outcome.value)
    return trip


def _consume(trip: Authorization) -> bool:
    """Use up the state; whether this delivery was the first."""
    now = timezone.now()
    consumed = Authorization.objects.filter(pk=trip.pk, consumed_at=None).update(
        consumed_at=now, outcome=TripOutcome.EXCHANGING, reference=reference_id()
    )
    trip.refresh_from_db()
    if consumed and trip.expires_at <= now:
        raise TripEnd(TripOutcome.EXPIRED)
    return bool(consumed)


def _keep(trip: Authorization, grant: Grant, actor: Actor) -> None:
    try:
        _keep_once(trip, grant, actor)
    except IntegrityError:
        # Another trip stored the same Google account in the same moment; now it is there.
        _keep_once(trip, grant, actor)


@transaction.atomic
def _keep_once(trip: Authorization, grant: Grant, actor: Actor) -> None:
    if trip.client.is_own:
        # Held until the connection stands: who removes the client meanwhile ends this one too.
        client = OAuthClient.objects.select_for_update(no_key=True).get(pk=trip.client_id)
        if client.removed_at is not None:
            raise TripEnd(TripOutcome.CLIENT_REMOVED)
    trip.connection = store(trip, grant, actor)
    # It was made before anybody knew for whom.
    Exchange.objects.filter(subject=trip.pk).update(connection=trip.connection)
    _end(trip, TripOutcome.CONNECTED, "")


def _grant(trip: Authorization, query: QueryDict) -> Grant:
    code = code_in(query, issuer=settings.GOOGLE_ISSUER)
    if trip.client.removed_at is not None:
        raise TripEnd(TripOutcome.CLIENT_REMOVED)
    if trip.link is not None and trip.link.used_at is not None:
        # Spares the exchange; who comes in the same moment is stopped by `store()`.
        raise TripEnd(TripOutcome.LINK_OVER)
    subject = Subject(trip.tenant_id, None, trip.pk)
    try:
        credentials = credentials_of(trip.client)
        answer = exchange_code(
            credentials,
            code=code,
            code_verifier=reveal(trip, "code_verifier"),
            subject=subject,
            redirect_uri=trip.redirect_uri,
        )
        identity = identify(
            answer.id_token, client_id=credentials.client_id, nonce_hash=trip.nonce_hash
        )
        identity = with_address(identity, answer.access_token, subject)
    except Untrusted as error:
        raise TripEnd(TripOutcome.UNTRUSTED, str(error)) from error
    except GoogleError as error:
        raise TripEnd(_outcome_of(error, trip.client), _why(error)) from error
    # An answer that names no scope grants what was asked for (RFC 6749 §5.1).
    scopes = canonical(trip.scopes if answer.scope is None else answer.scope)
    return _checked(trip, Grant(identity=identity, answer=answer, scopes=scopes))


def _why(error: GoogleError) -> str:
    """For whoever mends it: the reason in words, but for what Google refuses in its own."""
    match error.error_class:
        case ErrorClass.TRANSIENT:
            return str(error)
        case ErrorClass.CLIENT:
            return why_refused(error)
        case _:
            return error.trouble.message


def _outcome_of(error: GoogleError, client: OAuthClient) -> TripOutcome:
    if error.kind is ErrorKind.ACCESS_DENIED:
        return TripOutcome.BLOCKED
    if error.kind is ErrorKind.TOKEN_UNUSABLE:
        return TripOutcome.UNTRUSTED
    match error.error_class:
        case ErrorClass.TRANSIENT:
            return TripOutcome.UNREACHABLE
        case ErrorClass.CLIENT:
            return TripOutcome.CLIENT_REFUSED if client.is_own else TripOutcome.MISCONFIGURED
        case _:
            return TripOutcome.REFUSED


def _checked(trip: Authorization, grant: Grant) -> Grant:
    missing = missing_scopes(grant.scopes)
    if missing:
        raise TripEnd(TripOutcome.PARTIAL, " ".join(sorted(missing)))
    if trip.reconnects is not None and trip.reconnects.sub != grant.identity.sub:
        raise TripEnd(TripOutcome.WRONG_ACCOUNT, grant.identity.email)
    if not grant.answer.refresh_token and not _keeps_one(trip, grant.identity.sub):
        raise TripEnd(TripOutcome.NO_REFRESH_TOKEN, grant.identity.email)
    return grant


def _keeps_one(trip: Authorization, sub: str) -> bool:
    known = existing(trip, sub)
    return known is not None and known.client_id == trip.client_id and lives(known)


def _end(trip: Authorization, outcome: TripOutcome, detail: str) -> None:
    trip.outcome, trip.detail, trip.code_verifier = outcome, detail[:300], None
    trip.save(update_fields=["outcome", "detail", "code_verifier", "connection"])


def _challenge(verifier: str) -> str:
    hashed = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(hashed).decode().rstrip("=")
