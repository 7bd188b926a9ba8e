"""Pages, mails and what libraries say in them write "e-mail", as the rest of the house does."""

import ast
import io
import re
from collections.abc import Iterator
from gettext import GNUTranslations
from pathlib import Path
from typing import IO

import allauth
import django
import pytest
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from django.utils.translation import gettext

OTHER = re.compile(r"\bemail", re.IGNORECASE)
# A place for a value in a sentence, such as `{email}`, is no word of it.
SLOT = re.compile(r"\{\w*\}")
TAGS = re.compile(r"\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}|<[^>]*>", re.DOTALL)
CATALOG = Path("portal/locale/en/LC_MESSAGES/django.po")
MARKS = {"_", "gettext", "gettext_lazy", "pgettext", "pgettext_lazy"}
LIBRARIES = [
    *(Path(allauth.__file__).parent / part for part in ("account", "mfa", "socialaccount")),
    Path(django.__file__).parent / "core",
    Path(django.__file__).parent / "forms",
    Path(django.__file__).parent / "contrib" / "auth",
]
TEMPLATES = sorted(Path("templates").rglob("*.*"))


def said(library: Path) -> Iterator[str]:
    """Every sentence that a library has translated, as far as it speaks of e-mail."""
    for path in library.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                words = node.args[0] if node.func.id in MARKS and node.args else None
                if isinstance(words, ast.Constant) and OTHER.search(SLOT.sub("", str(words.value))):
                    yield str(words.value)


def test_what_libraries_say_is_spelled_as_here() -> None:
    sentences = {one for library in LIBRARIES for one in said(library)}
    assert len(sentences) > 20
    assert {one for one in sentences if OTHER.search(SLOT.sub("", gettext(one)))} == set()


def test_a_sentence_with_a_value_keeps_it() -> None:
    with CATALOG.open("rb") as file:
        messages = [one for one in read_po(file) if one.id]
    for one in messages:
        assert re.findall(r"%\w", str(one.id)) == re.findall(r"%\w", str(one.string))


def test_the_compiled_catalog_is_the_written_one() -> None:
    """After a change of the first, `pybabel compile` makes the second (its head says how)."""
    compiled = io.BytesIO()
    with CATALOG.open("rb") as file:
        write_mo(compiled, read_po(file))
    compiled.seek(0)
    with CATALOG.with_suffix(".mo").open("rb") as file:
        assert sentences_of(file) == sentences_of(compiled)


def sentences_of(file: IO[bytes]) -> dict[str, str]:
    held: dict[str, str] = GNUTranslations(file)._catalog  # type: ignore[attr-defined]
    return {one: other for one, other in held.items() if one}


@pytest.mark.parametrize("path", TEMPLATES, ids=str)
def test_no_page_and_no_mail_spells_it_otherwise(path: Path) -> None:
    assert not OTHER.search(TAGS.sub(" ", path.read_text()))
