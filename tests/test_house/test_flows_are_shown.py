"""`docs/flows.md` names a test for every sentence, and every test that it names exists."""

import ast
import re
from pathlib import Path

import pytest

from tests.test_house.source import ROOT, functions

PAGE = (ROOT / "docs" / "flows.md").read_text("utf-8")
ROW = re.compile(r"^\| (?!the guide says|what happens|---)(.+?) \| (.+) \|$", re.MULTILINE)
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")


def rows() -> list[tuple[str, str]]:
    return ROW.findall(PAGE)


@pytest.mark.parametrize(("sentence", "proof"), rows(), ids=[sentence for sentence, _ in rows()])
def test_the_test_named_for_it_exists(sentence: str, proof: str) -> None:
    named = NAMED.findall(proof)
    assert named, "no test is named"
    missing = [
        f"{path}::{name}"
        for path, name in named
        if not (ROOT / path).is_file()
        or name not in {function.name for function in functions(Path(path))}
    ]
    assert missing == []


def test_each_word_of_the_terms_page_has_its_row() -> None:
    words = {"user_cancel", "max_accounts_reached", "backend_error"}
    assert words <= set(re.findall(r"^\| `(\w+)`", PAGE, re.MULTILINE))


def test_no_test_that_is_named_is_skipped() -> None:
    skipped = [
        f"{path}::{function.name}"
        for path, name in NAMED.findall(PAGE)
        for function in functions(Path(path))
        if function.name == name
        for decorator in function.decorator_list
        if re.search(r"skip|xfail", ast.unparse(decorator))
    ]
    assert skipped == []
