"""`docs/states.md` draws what `states.py` says, no more and no less."""

import re
from collections.abc import Mapping
from collections.abc import Set as AbstractSet

import pytest

from provisioning.requests.states import DISPLAYS, TRANSITIONS
from tests.test_house.source import ROOT
from tokens.connections.states import CONNECTION_TRANSITIONS
from tokens.service_accounts.states import ACCOUNT_ROTATION_TRANSITIONS

PAGE = (ROOT / "docs" / "states.md").read_text("utf-8")
ARROW = re.compile(r"^ +(\w+) --> (\w+)", re.MULTILINE)
ROW = re.compile(r"^\| `(\w+)` \| ([^|]+) \| (\w+) \| ([^|]+) \|$", re.MULTILINE)


def drawn(title: str) -> set[tuple[str, str]]:
    """The arrows of the diagram under a heading; the ends (`[*]`) are left out."""
    diagram = PAGE.split(f"## {title}\n", 1)[1].split("```mermaid\n", 1)[1].split("```", 1)[0]
    return set(ARROW.findall(diagram))


def written(moves: Mapping[str, AbstractSet[str]]) -> set[tuple[str, str]]:
    """The arrows that a table allows."""
    return {(str(old), str(new)) for old, news in moves.items() for new in news}


@pytest.mark.parametrize(
    ("title", "moves"),
    [
        ("Requests", TRANSITIONS),
        ("Connections", CONNECTION_TRANSITIONS),
        ("Keys of service accounts", ACCOUNT_ROTATION_TRANSITIONS),
    ],
    ids=["requests", "connections", "keys of service accounts"],
)
def test_the_diagram_shows_every_move(title: str, moves: Mapping[str, AbstractSet[str]]) -> None:
    assert drawn(title) == written(moves)


def test_the_table_says_what_the_pages_say() -> None:
    told = {
        (state, sentence.strip(), owner, action.strip())
        for state, sentence, owner, action in ROW.findall(PAGE)
    }
    assert told == {
        (str(status), display.sentence, str(display.owner), str(display.action).replace("_", " "))
        for status, display in DISPLAYS.items()
    }
