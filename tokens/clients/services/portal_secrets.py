"""Secrets of uploaded clients of the portal's own: encrypted with master keys, bound to their row.

They belong to no tenant, so no data key seals them. A ciphertext that is moved to
another row, or to a row of another client, does not open.
"""

from collections.abc import Iterator
from functools import partial

from django.db.models import QuerySet

from accounts.users.models import User
from tokens.clients.models.client import OAuthClient, PortalSecret
from tokens.encryption.availability import wrapping_master
from tokens.encryption.batches import Failure
from tokens.encryption.sealing import SecretUnreadable, why_missing
from tokens.encryption.services.secret_stores import Tried, each_anew
from tokens.encryption.wrapping import (
    KeyMissing,
    Owner,
    WrappedKey,
    WrongKey,
    not_wrapped_by,
    unwrap,
    wrap,
)


def locked(client: OAuthClient, secret: str, added_by: User | None) -> PortalSecret:
    """A row with `secret` encrypted by the master key that is active now, not saved yet.

    In the transaction that saves it (see `wrapping_master`).

    Raises:
        PortalSealed: this process does not hold it.
    """
    row = PortalSecret(client=client, last_four=secret[-4:], added_by=added_by)
    row.wrapped_by = wrapping_master().kid
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
        raise why_missing(row.wrapped_by, error) from error
    except (WrongKey, ValueError) as error:
        raise SecretUnreadable(
            f"secret of {row._meta.label} does not open with master key {row.wrapped_by}."
        ) from error


def _owner(row: PortalSecret) -> Owner:
    place = f"{row.pk}|{row.client_id}"
    return Owner(f"portal_client.secret|{place}", former=f"tokens.PortalSecret|{place}")


def _wrapped(row: PortalSecret, secret: str, kid: str) -> WrappedKey:
    return wrap(secret.encode(), _owner(row), kid)


def _anew(row: PortalSecret, kid: str) -> int:
    same = PortalSecret.objects.filter(pk=row.pk, wrapped_by=row.wrapped_by)
    return same.update(secret=_wrapped(row, unlocked(row), kid), wrapped_by=kid)


class PortalSecrets:
    """What rotations of master keys ask about these secrets; a `SecretStore`."""

    name = "secrets of the portal's own OAuth client"

    def needing(self, kid: str) -> int:
        """How many need the master key `kid`."""
        return PortalSecret.objects.filter(wrapped_by=kid).count()

    def stale(self, kid: str) -> int:
        """How many need another one."""
        return self._stale(kid).count()

    def rewrap(self, kid: str) -> tuple[int, list[Failure]]:
        """Encrypt them with `kid`. What does not open stays, and keeps its key from retiring."""
        rows = self._stale(kid).select_related("client")
        return each_anew(rows, "secret", lambda row: row.wrapped_by, lambda row: _anew(row, kid))

    def tried(self) -> Iterator[Tried]:
        for row in PortalSecret.objects.select_related("client"):
            yield Tried.of(row, "secret", row.wrapped_by, partial(unlocked, row))

    @staticmethod
    def _stale(kid: str) -> QuerySet[PortalSecret]:
        return not_wrapped_by(PortalSecret.objects.all(), "secret", kid)
