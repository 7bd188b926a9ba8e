"""A cell of a CSV file: what it says, and never something that a spreadsheet would run."""

import csv
import io

import pytest

from accounts.values.spreadsheet import csv_pieces, plain_cell


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n"])
def test_no_cell_is_a_formula(start: str) -> None:
    assert plain_cell(f"{start}HYPERLINK(1)") == f"'{start}HYPERLINK(1)"


@pytest.mark.parametrize("sign", ["\uff1d", "\uff0b", "\uff0d", "\uff20"])
def test_nor_is_one_that_is_typed_with_a_wide_sign(sign: str) -> None:
    assert plain_cell(f"{sign}1+1") == f"'{sign}1+1"
    assert plain_cell(f" \u3000{sign}1+1") == f"' \u3000{sign}1+1"


@pytest.mark.parametrize(
    ("words", "cell"),
    [
        ("x;=1+1;y", "x;'=1+1;y"),
        ("x; @SUM(1)", "x;' @SUM(1)"),
        ("x\n=1+1", "x\n'=1+1"),
        ("x\t\uff1d1", "x\t'\uff1d1"),
        (";;;=1+1", ";;;'=1+1"),
        ("x; ;\t =1+1", "x; ;\t' =1+1"),
        ({"a": ";=1+1"}, '{"a": ";\'=1+1"}'),
    ],
)
def test_nor_is_what_becomes_a_cell_where_others_separate(words: object, cell: str) -> None:
    assert plain_cell(words) == cell
    for delimiter in ";\t":
        text = "".join(csv_pieces(["Name"], [[["first", words]]])).splitlines()[1:]
        cells = [cell for row in csv.reader(text, delimiter=delimiter) for cell in row]
        assert not any(cell.strip().startswith(tuple("=+-@\uff1d")) for cell in cells)


@pytest.mark.parametrize("run", ["; ", "\t", " ", ";"])
def test_a_long_run_of_blanks_is_read_once(run: str) -> None:
    """It takes minutes where each of them is a place to begin at."""
    flood = "x" + run * 300_000 + "y"
    assert plain_cell(flood) == flood


def test_a_negative_number_stays_a_number() -> None:
    assert plain_cell(-7) == "-7"


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
