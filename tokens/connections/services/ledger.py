"""Keeps the ledger of refresh tokens that Google issued (contract §1.3).

Google keeps a limited number for each OAuth client and Google account, over all
tenants, and drops the oldest without a word when one more is issued. So the
order of issue is what must be known: it warns before, and explains afterwards.
"""

import hashlib
import hmac
from dataclasses import dataclass

from django.conf import settings
from django.utils import timezone

from tokens.connections.ages import issued_since
from tokens.connections.models.connection import GoogleConnection
from tokens.connections.models.ledger import IssuedRefreshToken, LedgerState
from tokens.connections.unscoped import LedgerLine, ledger_of

# What still counts at Google: the portal not using a token any more does not end it there.
_COUNTS = frozenset({LedgerState.LIVE, LedgerState.REPLACED})
_WARN_FROM = 0.9


@dataclass(frozen=True, slots=True)
class TokenQuota:
    """Where one connection's refresh token stands in Google's order."""

    limit: int
    counted: int
    issued_after: int
    next_to_die: LedgerLine | None
    own: bool

    @property
    def next_evicts(self) -> bool:
        """Whether the next grant would end an older one."""
        return self.counted >= self.limit

    @property
    def warns(self) -> bool:
        """Whether the limit is near enough to say so."""
        return self.next_evicts or self.counted >= self.limit * _WARN_FROM

    @property
    def evicted(self) -> bool:
        """Whether so many were issued since that this one must be gone."""
        return self.issued_after >= self.limit

    @property
    def evidence(self) -> str:
        """How often Google issued since, as a sentence."""
        return issued_since(self.issued_after, self.limit)

    @property
    def would_die_next(self) -> str:
        """What the next grant would end, in words; other tenants' names are never told."""
        line = self.next_to_die
        if not self.next_evicts or line is None:
            return ""
        if line.state is not LedgerState.LIVE:
            return "a token that is not used any more, so nothing would stop working"
        return "this connection" if self.own else "another connection of the portal"


def fingerprint(refresh_token: str) -> str:
    """A keyed hash by which a refresh token is known again, and that cannot be turned back."""
    key = settings.SECRET_KEY.encode()
    return hmac.new(key, refresh_token.encode(), hashlib.sha256).hexdigest()


def replaced_by(connection: GoogleConnection, refresh_token: str) -> IssuedRefreshToken:
    """Write that Google issued `refresh_token`, and that it takes the older ones' place here.

    The older ones stay valid at Google until they are revoked or evicted, so
    they keep counting towards its limit: they are marked, not removed.
    """
    let_go(connection)
    return IssuedRefreshToken.objects.create(
        tenant_id=connection.tenant_id,
        client_id=connection.client_id,
        connection=connection,
        sub=connection.sub,
        fingerprint=fingerprint(refresh_token),
    )


def let_go(connection: GoogleConnection) -> None:
    """Write that the portal does not use this connection's token any more."""
    IssuedRefreshToken.objects.filter(connection=connection, state=LedgerState.LIVE).update(
        state=LedgerState.REPLACED, ended_at=timezone.now()
    )


def revoked(connection: GoogleConnection) -> None:
    """Write that Google ended every token of this connection, and whatever else counted."""
    IssuedRefreshToken.objects.filter(connection=connection, state__in=_COUNTS).update(
        state=LedgerState.REVOKED, ended_at=timezone.now()
    )


def refused(connection: GoogleConnection) -> LedgerState:
    """Write that Google refuses this connection's token, and by which of two deaths.

    Evicted when as many were issued since as Google keeps; else dead of
    something that the ledger cannot see.
    """
    state = LedgerState.EVICTED if token_quota(connection).evicted else LedgerState.DEAD
    IssuedRefreshToken.objects.filter(connection=connection, state=LedgerState.LIVE).update(
        state=state, ended_at=timezone.now()
    )
    return state


def token_quota(connection: GoogleConnection) -> TokenQuota:
    """Where this connection's newest refresh token stands among all that Google issued."""
    lines = ledger_of(connection.client.client_id, connection.sub)
    limit = settings.REFRESH_TOKEN_LIMIT
    counted = [line for line in _since_last_revocation(lines) if line.state in _COUNTS][-limit:]
    oldest = counted[0] if counted else None
    mine = [at for at, line in enumerate(lines) if line.connection_id == connection.pk]
    return TokenQuota(
        limit=limit,
        counted=len(counted),
        issued_after=len(lines) - 1 - mine[-1] if mine else 0,
        next_to_die=oldest,
        own=oldest is not None and oldest.connection_id == connection.pk,
    )


def _since_last_revocation(lines: list[LedgerLine]) -> list[LedgerLine]:
    """What was issued after a revocation: that ended all there was (contract §1.4)."""
    ended = [at for at, line in enumerate(lines) if line.state is LedgerState.REVOKED]
    return lines[ended[-1] + 1 :] if ended else lines
