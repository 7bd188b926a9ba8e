"""Runs a Hypothesis state machine against the database."""

from typing import Any

from django.db import transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test


class DatabaseMachine(RuleBasedStateMachine):
    """A machine whose every example runs in a transaction that is rolled back."""

    def __init__(self) -> None:
        super().__init__()
        self._example = transaction.atomic()
        self._example.__enter__()

    def teardown(self) -> None:
        """Forget the example."""
        transaction.set_rollback(True)
        self._example.__exit__(None, None, None)


def run_machine(
    machine: type[DatabaseMachine], *, examples: int, steps: int, shrink: bool = True
) -> None:
    """Run `machine` on so many examples of so many steps.

    Of a failure the shortest example is looked for, unless `shrink` is off: each try at one is a
    whole example, and there may be hundreds.
    """
    options: Any = settings(
        phases=set(Phase) - (set() if shrink else {Phase.shrink, Phase.explain}),
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(machine, settings=options)
