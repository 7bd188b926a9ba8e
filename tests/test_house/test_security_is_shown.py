"""Each requirement in docs/security.md names tests, and they exist."""

import re

from tests.test_house.source import ROOT, functions, python_files

ROW = re.compile(r"^\| (\d+\.\d+\.\d+) \| .+ \| (.+) \|$", re.MULTILINE)
PAGE = (ROOT / "docs" / "security.md").read_text("utf-8")


def test_every_test_that_is_named_exists() -> None:
    existing = {one.name for path in python_files("tests") for one in functions(path)}
    named = {name for _, names in ROW.findall(PAGE) for name in re.findall(r"`(\w+)`", names)}
    assert named - existing == set()


def test_every_requirement_names_a_test_and_stands_once() -> None:
    rows = ROW.findall(PAGE)
    assert len(rows) >= 30
    assert all("`test_" in names for _, names in rows)
    assert len({number for number, _ in rows}) == len(rows)


def test_requirements_stand_in_the_order_of_the_standard() -> None:
    """So that whoever holds it beside the standard sees what is not in it."""
    numbers = [tuple(map(int, number.split("."))) for number, _ in ROW.findall(PAGE)]
    assert numbers == sorted(numbers)
