"""Scripting the local Google from a test in the same process."""

from typing import Any

from tests.emulator.scenarios import switch_on
from tests.emulator.state import ActiveScenario
from tests.emulator.thread import EmulatorThread


def script(
    google: EmulatorThread,
    name: str,
    times: int | None = None,
    user: str | None = None,
    **params: Any,
) -> None:
    """Switch a scenario on, for ever or a number of times, for everybody or one Google account."""
    scenario = ActiveScenario(name=name, params=params, times=times, user=user)
    google.call(lambda world: switch_on(world.state, scenario))


def stop_scripting(google: EmulatorThread) -> None:
    """Let Google be well again."""
    google.call(lambda world: world.state.scenarios.clear())
