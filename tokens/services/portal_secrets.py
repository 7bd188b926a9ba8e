"""Secrets of uploaded clients of the portal's own: encrypted with master keys, bound to their row.

They belong to no tenant, so no data key seals them. A ciphertext that is moved to
another row, or to a row of another client, does not open.
"""

from collections.abc import Iterator
from functools import partial

import structlog
from django.db.models import QuerySet

from accounts.models import User
from tokens.keys import SecretUnreadable
from tokens.models import OAuthClient, PortalSecret
from tokens.services.elsewhere import Tried
from tokens.standing import PortalSealed, active_master
from tokens.wrapping import KeyMissing, WrappedKey, WrongKey, unwrap, wrap

log = structlog.get_logger(__name__)


def locked(client: OAuthClient, secret: str, added_by: User | None) -> PortalSecret:
    """A row with `secret` encrypted by the master key that is active now, not saved yet.

    Raises:
        PortalSealed: this process does not hold it.
    """
    row = PortalSecret(client=client, last_four=secret[-4:], added_by=added_by)
    row.wrapped_by = active_master().kid
    row.secret = _wrapped(row, secret, row.wrapped_by)
    return row


def unlocked(row: PortalSecret) -> str:
    """The secret in `row`.

    Raises:
        PortalSealed: this process does not hold its master key; the secret may be well.
        SecretUnreadable: it was changed, or belongs to another row.
    """
    try:
        return unwrap(row.secret, _owner(row), row.wrapped_by).decode()
    except KeyMissing as error:
        raise PortalSealed(str(error)) from error
    except (WrongKey, ValueError) as error:
        raise SecretUnreadable(
            f"secret of {row._meta.label} does not open with master key {row.wrapped_by}."
        ) from error


def _owner(row: PortalSecret) -> str:
    return f"{row._meta.label}|{row.pk}|{row.client_id}"


def _wrapped(row: PortalSecret, secret: str, kid: str) -> WrappedKey:
    return wrap(secret.encode(), _owner(row), kid)


class PortalSecrets:
    """What rotations of master keys ask about these secrets (see `tokens.services.elsewhere`)."""

    name = "secrets of the portal's own OAuth client"

    def needing(self, kid: str) -> int:
        """How many need the master key `kid`."""
        return PortalSecret.objects.filter(wrapped_by=kid).count()

    def stale(self, kid: str) -> int:
        """How many need another one."""
        return self._stale(kid).count()

    def rewrap(self, kid: str) -> int:
        """Encrypt them with `kid`. What does not open stays, and keeps its key from retiring."""
        done = 0
        for row in self._stale(kid).select_related("client"):
            try:
                anew = _wrapped(row, unlocked(row), kid)
            except SecretUnreadable as error:
                log.warning("a secret cannot be rewrapped", secret=str(row.pk), why=str(error))
                continue
            same = PortalSecret.objects.filter(pk=row.pk, wrapped_by=row.wrapped_by)
            done += same.update(secret=anew, wrapped_by=kid)
        return done

    def tried(self) -> Iterator[Tried]:
        """Open each of them."""
        for row in PortalSecret.objects.select_related("client"):
            yield Tried.of(row, "secret", row.wrapped_by, partial(unlocked, row))

    @staticmethod
    def _stale(kid: str) -> QuerySet[PortalSecret]:
        return PortalSecret.objects.exclude(wrapped_by=kid)
