"""Which measures there are."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from accounts.tenancy.models import Tenant

Cell = str | int | float


@dataclass(frozen=True, slots=True)
class Stage:
    """What a measure may use: a fresh tenant on an empty database, and how much to do."""

    tenant: Tenant
    rows: int
    rounds: int
    minutes: int


@dataclass(frozen=True, slots=True)
class Table:
    """What came out, as the page shows it. Numbers are given a thousands separator."""

    head: tuple[str, ...]
    rows: Sequence[tuple[Cell, ...]]
    note: str = ""


Run = Callable[[Stage], Table]


@dataclass(frozen=True, slots=True)
class Measure:
    """One measure: its name on the command line, its title and its words on the page."""

    name: str
    title: str
    words: str
    run: Run
    long: bool = False


MEASURES: dict[str, Measure] = {}


def measure(title: str, *, long: bool = False) -> Callable[[Run], Run]:
    """Register a function under its own name; its docstring stands on the page.

    A `long` one is only taken when it is asked for by name.
    """

    def register(run: Run) -> Run:
        words = "\n".join(line.strip() for line in (run.__doc__ or "").strip().splitlines())
        MEASURES[run.__name__] = Measure(run.__name__, title, words, run, long)
        return run

    return register
