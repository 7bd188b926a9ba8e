"""Small rooms: sizes of files and functions, and names that say nothing."""

import ast
from pathlib import Path

from tests.test_house.source import APPS, ROOMS, ROOT, functions, imported, python_files, tree

MOST_LINES = 400
MOST_LINES_OF_A_FUNCTION = 60
SAYS_NOTHING = {"utils", "util", "helpers", "helper", "common", "misc", "lib", "base_utils"}


def pages_and_styles() -> list[Path]:
    folders = [ROOT / "templates", *(ROOT / app / "static" for app in APPS)]
    files = (path for folder in folders for path in folder.rglob("*"))
    return sorted(path.relative_to(ROOT) for path in files if path.suffix in {".html", ".css"})


def test_no_file_is_long() -> None:
    lengths = {
        path: len((ROOT / path).read_text("utf-8").splitlines())
        for path in [*python_files(*ROOMS), *pages_and_styles()]
    }
    assert {path: length for path, length in lengths.items() if length > MOST_LINES} == {}


def test_no_function_is_long() -> None:
    long = [
        f"{path}:{node.lineno} {node.name}"
        for path in python_files(*ROOMS)
        for node in functions(path)
        if (node.end_lineno or 0) - node.lineno + 1 > MOST_LINES_OF_A_FUNCTION
    ]
    assert long == []


def test_no_module_is_named_for_nothing() -> None:
    assert [path for path in python_files(*ROOMS) if path.stem in SAYS_NOTHING] == []


def test_no_function_imports() -> None:
    inside = [
        f"{path}:{statement.lineno}"
        for path in python_files(*ROOMS)
        for node in functions(path)
        for statement in ast.walk(node)
        if isinstance(statement, ast.Import | ast.ImportFrom)
    ]
    assert inside == []


def test_no_signals_of_our_own() -> None:
    receivers = [
        f"{path}:{node.lineno}"
        for path in python_files(*APPS)
        for node in functions(path)
        for decorator in node.decorator_list
        if "receiver" in ast.unparse(decorator)
    ]
    senders = [path for path in python_files(*APPS) if "django.dispatch" in imported(path)]
    assert receivers == []
    assert senders == []


def test_every_module_says_what_it_is() -> None:
    silent = [
        path
        for path in python_files(*APPS)
        if tree(path).body and ast.get_docstring(tree(path)) is None
    ]
    assert silent == []
