"""Second steps: their secrets are encrypted with the master keys that wrap data keys too.

A seed is stored as `<master key id>.<ciphertext>` and bound to its person and to what it is
for. allauth hands strings alone to `encrypt()` and `decrypt()`, so a loaded row's seeds know
whose they are (`Seed`), and a new one is bound when its row is saved.
"""

import base64
import re
import secrets
from collections.abc import Iterator
from functools import partial
from typing import Any

import structlog
from allauth.mfa.adapter import DefaultMFAAdapter, get_adapter
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from django.db import transaction
from django.db.models import Q

from accounts.users.models import User
from tokens.encryption.availability import active_master, wrapping_master
from tokens.encryption.batches import Failure
from tokens.encryption.sealing import SecretUnreadable, why_missing
from tokens.encryption.services.secret_stores import Tried, each_anew
from tokens.encryption.wrapping import KeyMissing, Owner, WrappedKey, WrongKey, unwrap, wrap

log = structlog.get_logger(__name__)

# Where allauth puts what it had encrypted, and what is bound into it: frozen strings.
_CONTEXTS = {"secret": "second_step.totp_secret", "seed": "second_step.recovery_seed"}
_HEAD = re.compile(r"([0-9a-f]{12})\.", re.ASCII)
_FORMER = "mfa"
# Between `encrypt()` and the saving of the row; opens in no row.
_NOBODY = Owner("second_step", former=_FORMER)


class Seed(str):
    """A seed as stored, which knows whose it is."""

    __slots__ = ("owner",)

    owner: Owner

    @classmethod
    def of(cls, row: Authenticator, place: str, text: str) -> "Seed":
        """The seed that stands, or is about to stand, at `place` in `row`."""
        seed = cls(text)
        seed.owner = _owner(row, place)
        return seed


def _owner(row: Authenticator, place: str) -> Owner:
    return Owner(f"{_CONTEXTS[place]}|{row.user_id}", former=_FORMER)


class MFAAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth is untyped
    """Keeps seeds of authenticator apps and recovery codes encrypted."""

    def encrypt(self, text: str) -> str:
        """Encrypt with the master key that is active now; saving the row binds it to its person.

        Raises:
            PortalSealed: this process does not hold it.
        """
        return _encrypted(text, _NOBODY)

    def decrypt(self, encrypted_text: str) -> str:
        """Open a seed of a row that was loaded, for its own person only.

        What does not open of an authenticator app becomes a secret that no code fits, so that
        the person's other second steps still count.

        Raises:
            PortalSealed: this process does not hold its master key.
            WrongKey: it is damaged, or was somebody else's.
        """
        owner = getattr(encrypted_text, "owner", _NOBODY)
        try:
            return _opened(encrypted_text, owner)
        except (WrongKey, SecretUnreadable) as error:
            log.warning("a second step does not open", of=owner.name, why=str(error))
            if owner.name.startswith(_CONTEXTS["secret"]):
                return base64.b32encode(secrets.token_bytes(20)).decode()
            raise WrongKey(str(error)) from error

    def generate_authenticator_name(self, user: User, kind: str) -> str:
        """What a new passkey is called until its person says something better."""
        many = Authenticator.objects.filter(user_id=user.pk, type=kind).count()
        return f"Passkey {many + 1}"


class _PassesByDamage:
    """Of forms that take codes: recovery codes that do not open fit no code and break no page."""

    def clean_code(self) -> str:
        """The code, if one of the person's second steps takes it."""
        try:
            return str(super().clean_code())  # type: ignore[misc]  # of the form that comes after
        except WrongKey as error:
            raise get_adapter().validation_error("incorrect_code") from error


class CodeForm(_PassesByDamage, AuthenticateForm):  # type: ignore[misc]  # allauth is untyped
    """Asks for a code at sign-in."""


class CodeAgainForm(_PassesByDamage, ReauthenticateForm):  # type: ignore[misc]  # likewise
    """Asks for a code before something dangerous."""


def _encrypted(text: str, owner: Owner) -> str:
    kid = wrapping_master().kid
    return f"{kid}.{wrap(text.encode(), owner, kid).token}"


def _opened(value: Any, owner: Owner) -> str:
    """The text of a stored seed.

    Raises:
        PortalSealed: this process does not hold its master key.
        SecretUnreadable: its master key was given up.
        WrongKey: it is damaged, or was somebody else's.
    """
    kid = _kid_in(value)
    if not kid:
        raise WrongKey("What is stored is no ciphertext of the portal's: it was damaged.")
    try:
        return unwrap(WrappedKey(value[len(kid) + 1 :]), owner, kid).decode()
    except KeyMissing as error:
        raise why_missing(kid, error) from error


def _kid_in(value: Any) -> str:
    """The id of its master key; empty where a seed was damaged, or stands there plain."""
    head = _HEAD.match(value) if isinstance(value, str) else None
    return head[1] if head else ""


def _seeds(row: Authenticator) -> Iterator[tuple[str, Any]]:
    # `data` is left out of what a queryset with `only()` loads.
    data = row.__dict__.get("data")
    if isinstance(data, dict):
        yield from ((place, data[place]) for place in _CONTEXTS if place in data)


def know_owner(instance: Authenticator, **_: object) -> None:
    """Let the seeds of a row that was loaded know whose they are. A receiver of `post_init`."""
    if instance.pk is not None:
        for place, value in list(_seeds(instance)):
            if isinstance(value, str):
                instance.data[place] = Seed.of(instance, place, value)


def bind(instance: Authenticator, *, raw: bool = False, **_: object) -> None:
    """Bind a new seed to its person before it is stored. A receiver of `pre_save`.

    Raises:
        WrongKey: it is none that `encrypt()` has made: plaintext is not stored.
    """
    for place, value in [] if raw else list(_seeds(instance)):
        if value is not None and not isinstance(value, Seed):
            bound = _encrypted(_opened(value, _NOBODY), _owner(instance, place))
            instance.data[place] = Seed.of(instance, place, bound)


def settle(
    instance: Authenticator, *, update_fields: frozenset[str] | None = None, **_: object
) -> None:
    """Wrap seeds anew if their master key was replaced while they were being stored.

    A receiver of `post_save`. allauth stores them outside of a transaction, so nothing kept
    that key from being retired in between.
    """
    if update_fields is not None and "data" not in update_fields:
        return
    kids = {_kid_in(value) for _, value in _seeds(instance)}
    if kids and kids != {active_master().kid}:
        with transaction.atomic():
            kid = wrapping_master().kid
            each_anew([instance], "data", _key_of, lambda row: _anew(row, kid))
        instance.refresh_from_db(fields=["data"])


def _anew(row: Authenticator, kid: str) -> int:
    """Only while it is as it was read: one that is used meanwhile is left for the next time."""
    data = dict(row.data)
    for place, value in _seeds(row):
        owner = _owner(row, place)
        data[place] = f"{kid}.{wrap(_opened(value, owner).encode(), owner, kid).token}"
    return int(Authenticator.objects.filter(pk=row.pk, data=row.data).update(data=data))


class SecondSteps:
    """What rotations of master keys ask about second steps; a `SecretStore`."""

    name = "second steps of people's sign-in"

    def needing(self, kid: str) -> int:
        """How many need the master key `kid`."""
        return int(self._beginning(f"{kid}.").count())

    def stale(self, kid: str) -> int:
        """How many need another one, or are not bound to their person yet."""
        return int(self._stale(kid).count())

    def rewrap(self, kid: str) -> tuple[int, list[Failure]]:
        """Encrypt them with `kid`, bound to their people."""
        rows = self._stale(kid)
        return each_anew(rows, "data", _key_of, lambda row: _anew(row, kid))

    def tried(self) -> Iterator[Tried]:
        for row in self._encrypted():
            for place, value in _seeds(row):
                opens = partial(_opened, value, _owner(row, place))
                yield Tried.of(row, f"data.{place}", _kid_in(value), opens)

    @classmethod
    def _stale(cls, kid: str) -> Any:
        fresh = cls._beginning(f"{kid}.v2.").values("pk")
        return cls._encrypted().exclude(pk__in=fresh)

    @staticmethod
    def _encrypted() -> Any:
        return Authenticator.objects.filter(data__has_any_keys=list(_CONTEXTS))

    @staticmethod
    def _beginning(start: str) -> Any:
        return Authenticator.objects.filter(
            Q(data__secret__startswith=start) | Q(data__seed__startswith=start)
        )


def _key_of(row: Authenticator) -> str:
    return next((_kid_in(value) for _, value in _seeds(row)), "")
