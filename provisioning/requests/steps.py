"""How far a request has come, as its page shows it. Pure: no queries, no input or output."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum, StrEnum

from provisioning.requests.states import FailureReason, Status


class Step(IntEnum):
    """A step on the way to a finished account, by its usual number."""

    DETAILS = 1
    CONNECT = 2
    PREPARE = 3
    TERMS = 4
    SET_UP = 5

    @property
    def label(self) -> str:
        return _LABELS[self]


_LABELS = {
    Step.DETAILS: "Details",
    Step.CONNECT: "Connect Google",
    Step.PREPARE: "Prepare",
    Step.TERMS: "Accept terms",
    Step.SET_UP: "Set up",
}


class StepState(StrEnum):
    """How far one step is. One that is stopped has failed, or waits for another try."""

    DONE = "done"
    CURRENT = "current"
    STOPPED = "stopped"
    TODO = "todo"


@dataclass(frozen=True, slots=True)
class ShownStep:
    """One step as the page shows it."""

    number: int
    name: str
    state: StepState


_AT: dict[Status, Step] = {
    Status.DRAFT: Step.DETAILS,
    Status.AUTHORIZING: Step.CONNECT,
    Status.QUEUED: Step.PREPARE,
    Status.REQUESTING: Step.PREPARE,
    Status.AWAITING_TERMS: Step.TERMS,
    Status.VERIFYING: Step.SET_UP,
    Status.CONFIGURING: Step.SET_UP,
}
# Where a request stops, and for which step when nothing tells what it was doing.
_STOPS: dict[Status, Step] = {
    Status.WAITING_RETRY: Step.PREPARE,
    Status.DECLINED: Step.TERMS,
    Status.LIMIT_REACHED: Step.TERMS,
    Status.EXPIRED: Step.TERMS,
    Status.NEEDS_RECONNECT: Step.CONNECT,
    Status.FAILED: Step.PREPARE,
}


def where_it_is(history: Sequence[Status], *, accepted: bool, failure: str = "") -> Step:
    """The step that a request stands at.

    Args:
        history: its states, oldest first, the present one last.
        accepted: whether the terms were accepted, as far as anybody has said.
        failure: why it failed, if it did (`FailureReason`).

    What stopped stays at the step that it stopped in: a lost connection does not
    undo the terms, and a refused ticket was not a fault of connecting. Until the
    terms were accepted, looking whether the account exists belongs to accepting them.
    """
    if failure == FailureReason.AMBIGUOUS:
        return Step.SET_UP
    now = history[-1]
    working = next((one for one in reversed(history) if one in _AT), None)
    if working is Status.VERIFYING and not accepted:
        return Step.TERMS
    if now in _STOPS:
        return _AT[working] if working else _STOPS[now]
    return _AT.get(now, Step.SET_UP)


def begins_with_google(history: Sequence[Status]) -> bool:
    """Whether the Google account was connected before the details were asked for."""
    return history[0] is Status.DRAFT and Status.AUTHORIZING not in history


def shown(at: Step | None, *, stopped: bool = False, google_first: bool = False) -> list[ShownStep]:
    """All steps in their order; `at` is the present one, None when all are done."""
    order = list(Step)
    if google_first:
        order[:2] = Step.CONNECT, Step.DETAILS
    place = order.index(at) if at else len(order)
    return [
        ShownStep(number, step.label, _state(number - 1, place, stopped=stopped))
        for number, step in enumerate(order, start=1)
    ]


def has_stopped(status: Status) -> bool:
    """Whether a request in this state is at a step that failed or waits for another try."""
    return status in _STOPS


def _state(index: int, place: int, *, stopped: bool) -> StepState:
    if index == place:
        return StepState.STOPPED if stopped else StepState.CURRENT
    return StepState.DONE if index < place else StepState.TODO
