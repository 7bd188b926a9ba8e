"""What the doctor looks at, and what a finding of the doctor is made of. Pure data."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum

from tokens.connections.states import ConnectionStatus, ReconnectReason
from tokens.google.errors import ErrorKind


class Likelihood(IntEnum):
    """How sure the doctor is, surest first."""

    CERTAIN = 0
    LIKELY = 1
    POSSIBLE = 2
    RULED_OUT = 3

    @property
    def words(self) -> str:
        return ("Certain", "Likely", "Possible", "Ruled out")[self]

    @property
    def tone(self) -> str:
        return ("bad", "warn", "info", "idle")[self]


class Act(StrEnum):
    """What the one button of a cause does."""

    RECONNECT = "reconnect"
    CONNECT = "connect"
    EXCHANGES = "exchanges"
    CHECK_AGAIN = "check_again"
    CLOUD_API = "cloud_api"
    CLOUD_CLIENTS = "cloud_clients"
    CLOUD_AUDIENCE = "cloud_audience"
    CLOUD_ACCOUNTS = "cloud_accounts"
    CLOUD_IAM_API = "cloud_iam_api"
    CLOUD_POLICY = "cloud_policy"
    ANALYTICS = "analytics"
    NEW_KEY = "new_key"
    ROTATE = "rotate"
    WORKSPACE = "workspace"


@dataclass(frozen=True, slots=True)
class Cause:
    """One possible reason: how likely, seen in what, what it means, what to do."""

    title: str
    likelihood: Likelihood
    because: Sequence[str]
    explains: str
    action_label: str
    action: Act

    @property
    def counts(self) -> bool:
        """Whether it may be the reason at all."""
        return self.likelihood is not Likelihood.RULED_OUT


@dataclass(frozen=True, slots=True)
class Refusal:
    """One call that Google answered with 401 or 403, and the reason in its body."""

    status: int
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ConnectionFacts:
    """Everything that is known about one connection's health. Carries no secret."""

    now: datetime
    status: str = ConnectionStatus.ACTIVE
    reason: str = ""
    error_kind: str = ""
    error_code: str = ""
    error_message: str = ""
    error_at: datetime | None = None
    connected_at: datetime | None = None
    refreshed_at: datetime | None = None
    refresh_expires_at: datetime | None = None
    issued_after: int = 0
    limit: int = 100
    clock_skew: float | None = None
    client_paused: str = ""
    # The name of a client that the tenant brought itself; empty for the portal's.
    own_client: str = ""
    missing: Sequence[str] = ()
    other_account: str = ""
    refusals: Sequence[Refusal] = field(default=())

    @property
    def grant_is_dead(self) -> bool:
        """Whether Google refused the refresh token itself (`invalid_grant`)."""
        return ErrorKind.GRANT_DEAD in {self.error_kind, *self._old_kind()}

    def _old_kind(self) -> set[str]:
        refused = self.status == ConnectionStatus.NEEDS_RECONNECT and (
            self.reason == ReconnectReason.REVOKED
        )
        return {ErrorKind.GRANT_DEAD} if refused and not self.error_kind else set()

    @property
    def died_at(self) -> datetime:
        """When the refresh token was found dead; now, when nobody wrote it down."""
        return self.error_at or self.now

    @property
    def idle(self) -> timedelta | None:
        """How long the token had not been used when it was found dead."""
        last = self.refreshed_at or self.connected_at
        return self.died_at - last if last else None

    @property
    def age(self) -> timedelta | None:
        """How old the permission was when it was found dead."""
        return self.died_at - self.connected_at if self.connected_at else None

    @property
    def well(self) -> bool:
        """Whether nothing at all speaks against the connection."""
        return (
            self.status == ConnectionStatus.ACTIVE
            and not self.error_kind
            and not self.client_paused
            and not self.missing
        )


@dataclass(frozen=True, slots=True)
class ServiceAccountFacts:
    """Everything that is known about one service account's health. Carries no secret.

    `error_kind`, `error_code` and `error_message` are of Google's last answer to a request for
    an access token, at `asked_at`; all are empty when it gave one.
    """

    now: datetime
    email: str
    asked_at: datetime | None = None
    project: str = ""
    error_kind: str = ""
    error_code: str = ""
    error_message: str = ""
    # Why Google cannot be asked: the portal is sealed, or the key does not open.
    sealed: str = ""
    unreadable: str = ""
    clock_skew: float | None = None
    key_id: str = ""
    key_since: datetime | None = None
    key_is_old: bool = False
    # The reason of the last rotation, its words, and when it ended, if it failed.
    rotation: str = ""
    rotation_words: str = ""
    rotation_at: datetime | None = None
    other_keys: Sequence[tuple[str, datetime]] = ()
    refusals: Sequence[Refusal] = field(default=())

    @property
    def works(self) -> bool:
        """Whether Google gave it an access token when it was last asked."""
        return not (self.error_kind or self.sealed or self.unreadable)


def just_now(at: datetime | None, now: datetime) -> bool:
    """Whether it happened within the last minute."""
    return at is not None and now - at < timedelta(minutes=1)
