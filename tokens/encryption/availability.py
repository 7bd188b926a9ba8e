"""May secrets be opened and kept now? If not, what is missing, in words.

Without the master keys that the data needs the portal is *sealed*: pages work,
what needs a secret waits, and nothing is written that the right key would have
to undo. A missing key is therefore never reported as a broken secret.
"""

from dataclasses import dataclass

from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from tokens.encryption.models.master_key import MasterKey, MasterState
from tokens.encryption.models.restore_hold import RestoreHold
from tokens.encryption.wrapping import RingKey, key_ring


class PortalSealed(Exception):
    """No secret can be opened or kept just now. The message says what is missing."""


@dataclass(frozen=True, slots=True)
class KeyAvailability:
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


def key_availability() -> KeyAvailability:
    """How things stand now."""
    ring = key_ring()
    if not ring:
        return KeyAvailability(("FIELD_ENCRYPTION_KEY is empty.",))
    lacks = [
        why
        for row in MasterKey.objects.all()
        if row.may_be_needed and (why := _why_not(row, ring.get(row.kid)))
    ]
    return KeyAvailability(tuple(lacks), _quarantine())


def _quarantine() -> str:
    row = RestoreHold.objects.filter(ended_at=None).first()
    return (
        f"In quarantine: {row.reason} Nothing is refreshed until all is found well." if row else ""
    )


def assert_open() -> None:
    """Go on only when secrets may be opened and Google may be asked.

    Raises:
        PortalSealed: with what is missing.
    """
    now = key_availability()
    if not now.may_work:
        raise PortalSealed(now.why)


def active_master() -> RingKey:
    """The key that wraps data keys now. The first key of an empty database makes itself known.

    Raises:
        PortalSealed: this process does not hold it.
    """
    ring = _ring_or_sealed()
    row = MasterKey.objects.filter(state=MasterState.ACTIVE).first() or _first(ring)
    return _held_here(row, ring)


def wrapping_master() -> RingKey:
    """The key that wraps now, which stays the active one until the caller's transaction ends.

    Whoever wraps asks this, in the transaction that stores what was wrapped: another key is
    activated, and this one retired, only after that transaction. Locks are taken in this order
    everywhere: master key, organisation, its data keys, rows that hold secrets.

    Raises:
        PortalSealed: this process does not hold it.
    """
    ring = _ring_or_sealed()
    # The second look is for who waited while another key was activated: the first finds none then.
    row = _shared() or _shared() or _first(ring)
    return _held_here(row, ring)


def _ring_or_sealed() -> dict[str, RingKey]:
    ring = key_ring()
    if not ring:
        raise PortalSealed("FIELD_ENCRYPTION_KEY is empty.")
    return ring


def _shared() -> MasterKey | None:
    """The active key's row, shared with others who wrap. SQLite has one writer at a time anyway."""
    rows = MasterKey.objects.filter(state=MasterState.ACTIVE)
    if connection.vendor != "postgresql":
        return rows.first()
    sql = f"SELECT * FROM {MasterKey._meta.db_table} WHERE state = %s FOR SHARE"  # noqa: S608  # our own name
    return next(iter(MasterKey.objects.raw(sql, [MasterState.ACTIVE])), None)


def _held_here(row: MasterKey, ring: dict[str, RingKey]) -> RingKey:
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
