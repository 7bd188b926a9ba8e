"""`.env.example` lists every setting that is read, with its default and a sentence."""

import ast
import re

from tests.test_house.source import ROOT, first_name, python_files, tree

# What each reader of the environment may be called in the example.
WORDS = {
    "str": {"text", "url", "path"},
    "bool": {"yes or no"},
    "int": {"number"},
    "float": {"number"},
    "list": {"list"},
    "path": {"path"},
    "db_url": {"url"},
    "cache_url": {"url"},
    "email_url": {"url"},
}
SETTING = re.compile(
    r"^# (?P<sentence>[A-Z].+)\n(?P<more>(?:# .+\n)*?)# \[(?P<type>[a-z ]+)\]\n"
    r"(?P<off>#?)(?P<name>[A-Z0-9_]+)=(?P<value>.*)$",
    re.MULTILINE,
)
EXAMPLE = (ROOT / ".env.example").read_text("utf-8")


def read() -> dict[str, str]:
    """The variables that the settings read, and as what."""
    found = {}
    for path in python_files("portal/settings"):
        for node in ast.walk(tree(path)):
            match node:
                case ast.Call(
                    func=ast.Attribute(attr=reader), args=[ast.Constant(value=str(name)), *_]
                ) if reader in WORDS and first_name(node) == "env":
                    found[name] = reader
    return found


def explained() -> dict[str, str]:
    """The variables that the example explains, and as what."""
    return {match["name"]: match["type"] for match in SETTING.finditer(EXAMPLE)}


def test_every_setting_that_is_read_is_explained_and_no_other() -> None:
    known = {*read(), "PORTAL_ENV_FILE"}
    assert set(explained()) == known


def test_types_agree() -> None:
    types = explained()
    wrong = {
        name: types[name]
        for name, reader in read().items()
        if name in types and types[name] not in WORDS[reader]
    }
    assert wrong == {}


def test_no_line_of_the_example_is_left_over() -> None:
    assignments = re.findall(r"^#?([A-Z0-9_]+)=", EXAMPLE, re.MULTILINE)
    assert sorted(assignments) == sorted(explained())
