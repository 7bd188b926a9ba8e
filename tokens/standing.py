"""May secrets be opened and kept now? If not, what is missing, in words.

Without the master keys that the data needs the portal is *sealed*: pages work,
what needs a secret waits, and nothing is written that the right key would have
to undo. A missing key is therefore never reported as a broken secret.
"""

from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.utils import timezone

from tokens.models.master_key import MasterKey, MasterState
from tokens.models.quarantine import Quarantine
from tokens.wrapping import RingKey, key_ring


class PortalSealed(Exception):
    """No secret can be opened or kept just now. The message says what is missing."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What is missing for opening secrets, as sentences for staff; nothing: the portal is open."""

    missing: tuple[str, ...] = ()
    quarantine: str = ""

    @property
    def is_open(self) -> bool:
        """Whether secrets may be opened."""
        return not self.missing

    @property
    def may_work(self) -> bool:
        """Whether background work with Google may go on."""
        return self.is_open and not self.quarantine

    @property
    def why(self) -> str:
        """What is in the way, in one line."""
        return " ".join([*self.missing, *([self.quarantine] if self.quarantine else [])])


def standing() -> Standing:
    """How things stand now."""
    ring = key_ring()
    if not ring:
        return Standing(("FIELD_ENCRYPTION_KEY is empty.",))
    lacks = [
        why
        for row in MasterKey.objects.all()
        if row.may_be_needed and (why := _why_not(row, ring.get(row.kid)))
    ]
    return Standing(tuple(lacks), _quarantine())


def _quarantine() -> str:
    row = Quarantine.objects.filter(ended_at=None).first()
    return (
        f"In quarantine: {row.reason} Nothing is refreshed until all is found well." if row else ""
    )


def assert_open() -> None:
    """Go on only when secrets may be opened and Google may be asked.

    Raises:
        PortalSealed: with what is missing.
    """
    now = standing()
    if not now.may_work:
        raise PortalSealed(now.why)


def active_master() -> RingKey:
    """The key that wraps data keys now. The first key of an empty database makes itself known.

    Raises:
        PortalSealed: this process does not hold it.
    """
    ring = key_ring()
    if not ring:
        raise PortalSealed("FIELD_ENCRYPTION_KEY is empty.")
    row = MasterKey.objects.filter(state=MasterState.ACTIVE).first() or _first(ring)
    key = ring.get(row.kid)
    why = _why_not(row, key)
    if why or key is None:
        raise PortalSealed(why)
    return key


def _first(ring: dict[str, RingKey]) -> MasterKey:
    head = next(iter(ring.values()))
    try:
        with transaction.atomic():
            return MasterKey.objects.create(
                kid=head.kid,
                check_value=head.check_value,
                state=MasterState.ACTIVE,
                activated_at=timezone.now(),
            )
    except IntegrityError:
        # Another process was first, perhaps with another key: its word counts.
        return MasterKey.objects.get(state=MasterState.ACTIVE)


def _why_not(row: MasterKey, key: RingKey | None) -> str:
    if key is None:
        return (
            f"Master key {row.kid} is not in FIELD_ENCRYPTION_KEY, but stored secrets may need it."
        )
    if key.check_value != row.check_value:
        return f"Master key {row.kid} is not the key that it was: its check value differs."
    return ""
