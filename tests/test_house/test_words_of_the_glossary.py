"""Code speaks the words of docs/glossary.md: words that were given up do not come back."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.test_house.source import APPS, ROOT, python_files, tree

# What was once said, and what is said now.
GIVEN_UP = {
    "claim": "unscoped_read; lease; reported",
    "claimed": "leased; reported",
    "dialect": "backend",
    "errand": "cost",
    "face": "display",
    "fence": "fencing_token; row access",
    "fenced": "row access",
    "hearing": "signals",
    "heed": "record_limit",
    "keeper": "secret store",
    "letter": "e-mail; message; char",
    "outbox": "queued e-mail",
    "laggards": "processes_without",
    "newcomer": "waiting_key",
    "nudge": "enqueue",
    "owe": "charge",
    "prospect": "preview",
    "robot": "service account",
    "robots": "service accounts",
    "stakes": "impact",
    "standing": "key_availability; token_quota; ChainStatus",
    "trip": "flow",
    "warm": "fresh",
    "wish": "spec",
}
# The field's own: a claim of a JSON Web Token (RFC 7519).
OF_THE_FIELD = {Path("tokens/google/identity.py"), Path("tokens/google/assertion.py")}


def words_of(name: str) -> set[str]:
    """The words that an identifier is made of: `first` and `trip` of `FirstTrip`."""
    parts = re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", name)
    return {part.lower() for part in parts}


def defined(module: ast.Module) -> Iterator[str]:
    """Every name that a module gives: to functions, classes, parameters, variables, attributes."""
    for node in ast.walk(module):
        match node:
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name) | ast.arg(arg=name):
                yield name
            case ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()):
                yield name


def old_words(module: ast.Module) -> set[str]:
    return {word for name in defined(module) for word in words_of(name)} & set(GIVEN_UP)


@pytest.mark.parametrize("app", APPS)
def test_no_word_that_was_given_up_names_anything(app: str) -> None:
    found = {
        str(path): words
        for path in python_files(app)
        if path not in OF_THE_FIELD and (words := old_words(tree(path)))
    }
    assert found == {}


@pytest.mark.parametrize(
    ("source", "word"),
    [
        ("def start_trip(): ...", "trip"),
        ("class TripEnd: ...", "trip"),
        ("row.fence = 1", "fence"),
        ("def f(dialect): ...", "dialect"),
        ("FIRST_CLAIM = 1", "claim"),
    ],
)
def test_the_search_finds(source: str, word: str) -> None:
    assert old_words(ast.parse(source)) == {word}


def test_the_search_leaves_other_words_alone() -> None:
    assert old_words(ast.parse("stripped = surface = 1")) == set()


def test_the_glossary_is_in_order_and_says_each_word_once() -> None:
    lines = (ROOT / "docs/glossary.md").read_text("utf-8").splitlines()
    rows = [line.split("|")[1].strip() for line in lines if line.startswith("| ")][1:]
    assert rows == sorted(rows, key=str.lower)
    assert len(rows) == len(set(rows)) >= 25
