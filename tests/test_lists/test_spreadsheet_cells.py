"""A cell of a CSV file: what it says, and never something that a spreadsheet would run."""

import csv
import io

import pytest

from accounts.spreadsheet import csv_pieces, plain_cell


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n"])
def test_no_cell_is_a_formula(start: str) -> None:
    assert plain_cell(f"{start}HYPERLINK(1)") == f"'{start}HYPERLINK(1)"


def test_harmless_cells_stay_as_they_are() -> None:
    assert plain_cell("Bluebird, Ltd") == "Bluebird, Ltd"
    assert plain_cell("") == ""


def test_what_is_no_text_is_put_into_words() -> None:
    assert plain_cell(None) == ""
    assert plain_cell(7) == "7"
    assert plain_cell({"a": 1}) == '{"a": 1}'


def test_a_file_is_read_back_as_it_was_written() -> None:
    chunks = [[["Bluebird, Ltd", 'says "yes"']], [], [["two\nlines", "=1+1"]]]
    text = "".join(csv_pieces(["Name", "Words"], chunks))
    assert text.startswith("\ufeffName,Words")
    rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline="")))
    assert rows[1:] == [["Bluebird, Ltd", 'says "yes"'], ["two\nlines", "'=1+1"]]
