"""How many mails people may cause: each person, each organisation, and to each address.

Counted where wrong passwords are, in the cache that all processes share, and by the same
means (django-allauth's): a count outlives no cache, which harms nobody. What sends without
being asked, such as a mail that terms wait, is bounded by what it tells of.
"""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from allauth.core.internal import ratelimit
from allauth.core.internal.ratelimit import RateLimitUsage
from django.conf import settings
from django.http import HttpRequest

from accounts.audit.recording import Actor
from accounts.values.email_address import compared, shown


class Caused(StrEnum):
    """What people have the portal write to others. The value is how it is called in the plural."""

    INVITATIONS = "invitations"
    RECONNECT_LINKS = "reconnect links"
    CHANGES = "changes that members get a mail about"


@dataclass(frozen=True, slots=True)
class Limit:
    """The most mails in an hour or a day, and how that is said."""

    most: int
    period: str
    words: str

    @property
    def rate(self) -> str:
        """As allauth takes it: of one key, whoever asks."""
        return f"{self.most}/{'h' if self.period == 'hour' else 'd'}/key"


_PERSON = "You can send {most} {what} in an hour. Try again in an hour."
_TENANT = "An organisation can send {most} {what} in a day. Try again tomorrow."
_ADDRESS = "{email} can get {most} {what} in a day, from everybody together. Try again tomorrow."


@dataclass(frozen=True, slots=True)
class Limits:
    """Of one kind: by one person, of one organisation, to one address."""

    person: Limit
    tenant: Limit
    address: Limit


def _limits(person: int, tenant: int, address: int) -> Limits:
    return Limits(
        Limit(person, "hour", _PERSON),
        Limit(tenant, "day", _TENANT),
        Limit(address, "day", _ADDRESS),
    )


LIMITS: dict[Caused, Limits] = {
    # Fifty at once, which is what the form takes, and then some.
    Caused.INVITATIONS: _limits(100, 300, 5),
    # When Google ends a client's grants, every connection of an agency asks for its owner.
    Caused.RECONNECT_LINKS: _limits(500, 2000, 5),
    Caused.CHANGES: _limits(60, 200, 20),
}


class TooManyEmails(Exception):
    """One more would be too many. `str()` says whose limit it is, and when to try again."""


def count_email(what: Caused, actor: Actor, tenant_id: UUID, email: str) -> None:
    """Count a mail that `actor` is about to cause, before it is written.

    Raises:
        TooManyEmails: it is not to be sent; nothing was counted.
    """
    if settings.ACCOUNT_RATE_LIMITS is False:
        return
    limits, email = LIMITS[what], compared(email)
    person = str(actor.user.pk) if actor.user is not None else actor.kind.value
    counted: list[RateLimitUsage] = []
    for name, limit, key in (
        # Of an address first: what it may get does not use up what others may send.
        ("address", limits.address, email),
        ("person", limits.person, person),
        ("tenant", limits.tenant, str(tenant_id)),
    ):
        usage = ratelimit.consume(
            HttpRequest(),
            app="portal.mails",
            action=f"{what.name}:{name}",
            config={f"{what.name}:{name}": limit.rate},
            key=key,
            limit_get=True,
        )
        if not usage:
            for earlier in counted:
                earlier.rollback()
            raise TooManyEmails(
                limit.words.format(most=limit.most, what=what.value, email=shown(email))
            )
        counted.append(usage)
