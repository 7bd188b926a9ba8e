"""Reads `.env` files as editors leave them. No line is ever quoted: any may hold a secret."""

import re
from collections.abc import Iterator
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

_LINE = re.compile(r"(?:export\s+)?(?P<name>[A-Za-z_]\w*)\s*=\s*(?P<value>.*)", re.ASCII)
_ESCAPED = re.compile(r"\\([\\\"'$])")


def read_env_file(path: Path) -> dict[str, str]:
    """The variables of a file: `NAME=value`, blanks around `=` or not, in quotes or not.

    UTF-8, with a byte order mark or not. Nothing in a value refers to another one.

    Raises:
        ImproperlyConfigured: a line is something else; says which, and not what it holds.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ImproperlyConfigured(f"{path} is not UTF-8. Save it as UTF-8.") from None
    if "\0" in text:
        raise ImproperlyConfigured(f"{path} is UTF-16 or no text. Save it as UTF-8.")
    return dict(_variables(path, text))


def _variables(path: Path, text: str) -> Iterator[tuple[str, str]]:
    for number, raw in enumerate(text.splitlines(), start=1):
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        found = _LINE.fullmatch(line)
        if found is None:
            raise ImproperlyConfigured(
                f"Line {number} of {path} is not NAME=value. It is not shown: it may hold a secret."
            )
        yield found["name"], _unquoted(found["value"])


def _unquoted(value: str) -> str:
    quote = value[:1]
    if len(value) < 2 or quote not in {"'", '"'} or not value.endswith(quote):
        return value
    inner = value[1:-1]
    return inner if quote == "'" else _ESCAPED.sub(r"\1", inner)
