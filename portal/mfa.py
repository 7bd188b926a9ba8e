"""Second steps: their secrets are encrypted with the master keys that wrap data keys too."""

import re
from collections.abc import Iterator
from functools import partial
from typing import Any

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.db.models import Q

from accounts.models import User
from tokens.keys import SecretUnreadable
from tokens.services.elsewhere import Tried
from tokens.standing import PortalSealed, active_master
from tokens.wrapping import KeyMissing, WrappedKey, WrongKey, unwrap, wrap

_OWNER = "mfa"
# Where allauth puts what it had encrypted: the seed of an authenticator app, and of recovery codes.
_PLACES = ("secret", "seed")
_HEAD = re.compile(r"([0-9a-f]{12})\.", re.ASCII)


class MFAAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth is untyped
    """Keeps seeds of authenticator apps and recovery codes as `<master key id>.<ciphertext>`."""

    def encrypt(self, text: str) -> str:
        """Encrypt with the master key that is active now.

        Raises:
            PortalSealed: this process does not hold it.
        """
        kid = active_master().kid
        return f"{kid}.{wrap(text.encode(), _OWNER, kid).token}"

    def decrypt(self, encrypted_text: str) -> str:
        """Open with the key that it was encrypted with.

        Raises:
            PortalSealed: this process does not hold it.
            WrongKey: it was tampered with.
        """
        kid, _, token = encrypted_text.partition(".")
        try:
            return unwrap(WrappedKey.parse(token), _OWNER, kid).decode()
        except KeyMissing as error:
            raise PortalSealed(str(error)) from error

    def generate_authenticator_name(self, user: User, kind: str) -> str:
        """What a new passkey is called until its person says something better."""
        many = Authenticator.objects.filter(user_id=user.pk, type=kind).count()
        return f"Passkey {many + 1}"


def _open(value: str) -> None:
    try:
        MFAAdapter().decrypt(value)
    except (WrongKey, ValueError) as error:
        raise SecretUnreadable(f"It does not open with master key {_kid_in(value)}.") from error


def _kid_in(value: str) -> str:
    """The id of its master key; empty where a seed was damaged, or stands there plain."""
    head = _HEAD.match(value)
    return head[1] if head else ""


class SecondSteps:
    """What rotations of master keys ask about second steps (see tokens.services.elsewhere)."""

    name = "second steps of people's sign-in"

    def needing(self, kid: str) -> int:
        """How many need the master key `kid`."""
        return int(self._encrypted_with(kid).count())

    def stale(self, kid: str) -> int:
        """How many need another one."""
        return int(self._encrypted().count()) - self.needing(kid)

    def rewrap(self, kid: str) -> int:
        """Encrypt them with `kid`. One that is used meanwhile is left for the next time."""
        adapter, done = MFAAdapter(), 0
        fresh = self._encrypted_with(kid).values("pk")
        for row in self._encrypted().exclude(pk__in=fresh):
            new = {
                name: adapter.encrypt(adapter.decrypt(value)) if name in _PLACES else value
                for name, value in row.data.items()
            }
            done += Authenticator.objects.filter(pk=row.pk, data=row.data).update(data=new)
        return done

    def tried(self) -> Iterator[Tried]:
        """Open each of them."""
        for row in self._encrypted():
            for name in _PLACES:
                if (value := row.data.get(name)) is not None:
                    opens = partial(_open, value)
                    yield Tried.of(row, f"data.{name}", _kid_in(value), opens)

    @staticmethod
    def _encrypted() -> Any:
        return Authenticator.objects.filter(data__has_any_keys=_PLACES)

    @staticmethod
    def _encrypted_with(kid: str) -> Any:
        start = f"{kid}."
        return Authenticator.objects.filter(
            Q(data__secret__startswith=start) | Q(data__seed__startswith=start)
        )
