"""Which failures belong to one outage of Google. Pure: no queries, no input or output."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from provisioning.requests.states import FailureReason

# Failures whose cause lies outside of each request, so that all of them can go on when it is over.
SHARED = frozenset({FailureReason.TOO_MANY_TRIES, FailureReason.API_DISABLED})
# Each request is tried for minutes before it fails, so those of one outage fail over a while.
_APART = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Failure:
    """A request that failed: when, and why."""

    request: UUID
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Outage:
    """Requests that failed for one reason, none an hour after the one before it."""

    failures: tuple[Failure, ...]

    @property
    def since(self) -> datetime:
        """When the first of them failed."""
        return self.failures[0].at

    @property
    def until(self) -> datetime:
        """When the last of them failed."""
        return self.failures[-1].at

    @property
    def first(self) -> UUID:
        """The request by which the outage is known."""
        return self.failures[0].request

    @property
    def words(self) -> str:
        """Why they failed, as people read it."""
        return str(FailureReason(self.failures[0].reason).label)

    def __len__(self) -> int:
        return len(self.failures)

    def holds(self, request: UUID) -> bool:
        """Whether this request is one of them."""
        return any(one.request == request for one in self.failures)


def outages(failures: Iterable[Failure]) -> list[Outage]:
    """`failures` in groups, the newest outage first. A single failure makes none."""
    groups: dict[str, list[list[Failure]]] = {}
    for failure in sorted(failures, key=lambda one: one.at):
        known = groups.setdefault(failure.reason, [])
        if known and failure.at - known[-1][-1].at < _APART:
            known[-1].append(failure)
        else:
            known.append([failure])
    found = [Outage(tuple(group)) for known in groups.values() for group in known if len(group) > 1]
    return sorted(found, key=lambda one: one.until, reverse=True)
