"""CSV files that spreadsheets can open without running anything in them."""

import csv
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder

# What makes a spreadsheet take a cell for a formula (OWASP, CSV injection), also when it is
# typed with a keyboard for Chinese or Japanese, and also behind spaces.
_SIGNS = "=+-@\uff0b\uff0d\uff1d\uff20"
_FORMULA = re.compile(rf"\s*[{re.escape(_SIGNS)}]|[\t\r\n]")
# Where numbers have decimal commas, cells end at semicolons, and quotes in the middle of one
# hold neither these nor line ends together. A run of them is read once, however long it is.
_INNER_START = re.compile(r"[;\t\r\n]\s*+")
# Without it a spreadsheet guesses at the encoding, and guesses wrong.
MARK = "\ufeff"


class _Echo:
    """A file that hands back what is written to it."""

    def write(self, line: str) -> str:
        return line


def csv_pieces(headings: Sequence[str], chunks: Iterable[Iterable[Sequence[Any]]]) -> Iterator[str]:
    """A file as it comes: its headings, then each chunk of rows."""
    writer = csv.writer(_Echo())
    yield MARK + writer.writerow(headings)
    for chunk in chunks:
        yield "".join(writer.writerow([plain_cell(cell) for cell in row]) for row in chunk)


def plain_cell(value: Any) -> str:
    """`value` in words, with an apostrophe before what a spreadsheet would calculate."""
    text = json.dumps(value, cls=DjangoJSONEncoder) if isinstance(value, dict | list) else value
    words = "" if text is None else str(text)
    if isinstance(value, int | float):
        return words
    words = _INNER_START.sub(_marked, words)
    return f"'{words}" if _FORMULA.match(words) else words


def _marked(start: re.Match[str]) -> str:
    """The start of a cell inside of another, with an apostrophe before a formula."""
    run, after = start[0], start.string[start.end() : start.end() + 1]
    if not after or after not in _SIGNS:
        return run
    cut = max(map(run.rfind, ";\t\r\n")) + 1
    return f"{run[:cut]}'{run[cut:]}"
