"""The same act on many requests: each by itself, and none is left out without a reason."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from uuid import UUID

from accounts.audit.recording import Actor
from provisioning.requests.models.request import ProvisioningRequest
from provisioning.requests.services.requests import cancel, try_again
from provisioning.requests.services.transitions import TooLate, UnlawfulMove
from provisioning.requests.states import Status

Act = Callable[[ProvisioningRequest, Actor], None]


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a bulk act: which were done, and which could not be, by why."""

    done: list[ProvisioningRequest] = field(default_factory=list)
    refused: dict[str, list[ProvisioningRequest]] = field(default_factory=dict)

    @property
    def refusals(self) -> list[str]:
        """Each reason with the number of requests that it stopped."""
        return [f"{len(rows)}: {why}" for why, rows in self.refused.items()]


def retry_many(ids: Iterable[UUID], actor: Actor) -> Result:
    """Set every request going again that can be."""
    return _each(ids, actor, retry)


def retry(request: ProvisioningRequest, actor: Actor) -> None:
    """Set one of many going again, which throws no ticket away whose terms can be accepted.

    Raises:
        UnlawfulMove: there is such a ticket, or it is in no state that this is possible in.
        TooLate: it has moved meanwhile.
    """
    waits = request.status == Status.AWAITING_TERMS
    if waits and (ticket := request.current_ticket()) is not None and ticket.is_open:
        raise UnlawfulMove("Its terms can be accepted; a new ticket is had on its own page.")
    try_again(request, actor)


def cancel_many(ids: Iterable[UUID], actor: Actor) -> Result:
    """Cancel every request that can be."""
    return _each(ids, actor, cancel)


def _each(ids: Iterable[UUID], actor: Actor, act: Act) -> Result:
    result = Result()
    wanted = list(dict.fromkeys(ids))
    rows = ProvisioningRequest.objects.select_related("tenant", "account").filter(pk__in=wanted)
    rows = rows.prefetch_related("attempts").order_by("created_at", "pk")
    for row in rows:
        stood = row.get_status_display()
        try:
            act(row, actor)
        except UnlawfulMove:
            result.refused.setdefault(f"“{stood}” does not allow it", []).append(row)
        except TooLate:
            result.refused.setdefault("moved on in the same moment", []).append(row)
        else:
            result.done.append(row)
    return result
