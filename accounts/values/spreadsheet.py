"""CSV files that spreadsheets can open without running anything in them."""

import csv
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder

# What makes a spreadsheet take a cell for a formula (OWASP, CSV injection), also when it is
# typed with a keyboard for Chinese or Japanese, and also behind spaces.
_FORMULA = re.compile(r"\s*[=+\-@\uff0b\uff0d\uff1d\uff20]|[\t\r\n]")
# Where numbers have decimal commas, cells end at semicolons, and quotes in the middle of one
# hold neither these nor line ends together.
_INNER_FORMULA = re.compile(r"(?<=[;\t\r\n])(?=\s*[=+\-@\uff0b\uff0d\uff1d\uff20])")
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
    words = _INNER_FORMULA.sub("'", words)
    return f"'{words}" if _FORMULA.match(words) else words
