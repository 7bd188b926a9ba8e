"""CSV files that spreadsheets can open without running anything in them."""

import csv
import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder

# What makes a spreadsheet take a cell for a formula (OWASP, CSV injection).
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
# Without it a spreadsheet guesses at the encoding, and guesses wrong.
_MARK = "\ufeff"


class _Echo:
    """A file that hands back what is written to it."""

    def write(self, line: str) -> str:
        return line


def csv_pieces(headings: Sequence[str], chunks: Iterable[Iterable[Sequence[Any]]]) -> Iterator[str]:
    """A file as it comes: its headings, then each chunk of rows."""
    writer = csv.writer(_Echo())
    yield _MARK + writer.writerow(headings)
    for chunk in chunks:
        yield "".join(writer.writerow([plain_cell(cell) for cell in row]) for row in chunk)


def plain_cell(value: Any) -> str:
    """`value` in words, with an apostrophe before what a spreadsheet would calculate."""
    text = json.dumps(value, cls=DjangoJSONEncoder) if isinstance(value, dict | list) else value
    words = "" if text is None else str(text)
    return f"'{words}" if words.startswith(_FORMULA) else words
