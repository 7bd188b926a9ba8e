"""How one request is shown: its state's face, made true for what it is made of.

Pure, like the table in `states.py`: no queries, no input or output.
"""

from collections.abc import Sequence
from dataclasses import replace

from provisioning.requests.states import FACES, Action, Face, FailureReason, Status

_LEGACY: dict[Status, Face] = {
    Status.CONFIGURING: replace(
        FACES[Status.CONFIGURING],
        sentence="The account exists. The portal is looking for the property and view "
        "that came with it.",
    ),
    Status.COMPLETED: replace(
        FACES[Status.COMPLETED],
        sentence="Account, property and view exist and are verified with Google.",
    ),
}
TO_CHOOSE = replace(
    FACES[Status.FAILED],
    tone="warn",
    word="Choice needed",
    sentence="Google lists more than one account that it may be. Say which one it is.",
)
HALF_CONFIGURED = replace(
    FACES[Status.FAILED],
    tone="warn",
    word="Set-up unfinished",
    sentence="The account exists and is kept, but its set-up is not finished.",
    action=Action.FINISH_SETUP,
)
_PICKED = replace(
    FACES[Status.COMPLETED],
    sentence="The account existed already, and Google's API confirms it.",
)


def face_of(status: Status, *, legacy: bool, failure: str = "") -> Face:
    """The face of a state, for a request made through the legacy API or through today's."""
    if status is Status.FAILED and failure == FailureReason.AMBIGUOUS:
        return TO_CHOOSE
    return _LEGACY.get(status, FACES[status]) if legacy else FACES[status]


def face_with_account(status: Status, *, legacy: bool, picked: bool) -> Face:
    """The face of a state once Google's API has confirmed an account."""
    if status is Status.FAILED:
        return HALF_CONFIGURED
    if status is Status.COMPLETED and picked:
        return _PICKED
    return face_of(status, legacy=legacy)


def in_words(names: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    *most, last = names
    return f"{', '.join(most)} and {last}" if most else last
