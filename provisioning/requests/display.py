"""How one request is shown: its state's display, made true for what it is made of.

Pure, like the table in `states.py`: no queries, no input or output.
"""

from collections.abc import Sequence
from dataclasses import replace

from provisioning.requests.states import DISPLAYS, Action, FailureReason, Status, StatusDisplay

_LEGACY: dict[Status, StatusDisplay] = {
    Status.CONFIGURING: replace(
        DISPLAYS[Status.CONFIGURING],
        sentence="The account exists. The portal is looking for the property and view "
        "that came with it.",
    ),
    Status.COMPLETED: replace(
        DISPLAYS[Status.COMPLETED],
        sentence="Account, property and view exist and are verified with Google.",
    ),
}
TO_CHOOSE = replace(
    DISPLAYS[Status.FAILED],
    tone="warn",
    label="Choice needed",
    sentence="Google lists more than one account that it may be. Say which one it is.",
)
HALF_CONFIGURED = replace(
    DISPLAYS[Status.FAILED],
    tone="warn",
    label="Set-up unfinished",
    sentence="The account exists and is kept, but its set-up is not finished.",
    action=Action.FINISH_SETUP,
)
_PICKED = replace(
    DISPLAYS[Status.COMPLETED],
    sentence="The account existed already, and Google's API confirms it.",
)


def display_of(status: Status, *, legacy: bool, failure: str = "") -> StatusDisplay:
    """How a state is shown, for a request made through the legacy API or through today's."""
    if status is Status.FAILED and failure == FailureReason.AMBIGUOUS:
        return TO_CHOOSE
    return _LEGACY.get(status, DISPLAYS[status]) if legacy else DISPLAYS[status]


def display_with_account(status: Status, *, legacy: bool, picked: bool) -> StatusDisplay:
    """How a state is shown once Google's API has confirmed an account."""
    if status is Status.FAILED:
        return HALF_CONFIGURED
    if status is Status.COMPLETED and picked:
        return _PICKED
    return display_of(status, legacy=legacy)


def in_words(names: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    *most, last = names
    return f"{', '.join(most)} and {last}" if most else last
