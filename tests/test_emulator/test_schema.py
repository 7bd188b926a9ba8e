"""Bodies are checked against Google's discovery documents."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.emulator.requestlog import mask, redact
from tests.emulator.schema import Problem, book

STREAM: dict[str, Any] = {
    "name": "properties/1/dataStreams/2",
    "type": "WEB_DATA_STREAM",
    "createTime": "2026-01-02T03:04:05.000000Z",
    "webStreamData": {"measurementId": "G-ABCDEFGHIJ", "defaultUri": "https://a.example"},
}


def test_a_good_body_passes_in_both_versions() -> None:
    for version in ("v1alpha", "v1beta"):
        book(version).assert_valid("DataStream", STREAM)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"colour": "red"}, Problem("", "unknown", "colour")),
        ({"webStreamData": {"x": 1}}, Problem("webStreamData", "unknown", "x")),
        ({"name": 1}, Problem("name", "type", "int is not a string")),
        ({"name": True}, Problem("name", "type", "bool is not a string")),
        ({"webStreamData": []}, Problem("webStreamData", "type", "list is not a object")),
    ],
)
def test_a_bad_body_is_described(changes: dict[str, Any], problem: Problem) -> None:
    assert book("v1beta").problems("DataStream", STREAM | changes) == [problem]


@pytest.mark.parametrize("changes", [{"type": "PAPER"}, {"createTime": "yesterday"}])
def test_enums_and_timestamps_are_checked(changes: dict[str, Any]) -> None:
    with pytest.raises(AssertionError, match=next(iter(changes))):
        book("v1beta").assert_valid("DataStream", STREAM | changes)


def test_lists_are_checked_inside() -> None:
    body = {"dataStreams": [STREAM, {"type": 7}]}
    assert book("v1beta").problems("ListDataStreamsResponse", body)[0].path == "dataStreams[1].type"


def test_enum_numbers_become_names() -> None:
    named = book("v1beta").named_enums("DataRetentionSettings", {"eventDataRetention": 3})
    assert named == {"eventDataRetention": "FOURTEEN_MONTHS"}
    odd = book("v1beta").named_enums("DataStream", {"type": 99})
    assert book("v1beta").problems("DataStream", odd)


@given(st.text(alphabet=st.characters(codec="ascii", categories=["L", "N"]), min_size=12))
def test_no_token_passes_the_mask_whole(secret: str) -> None:
    for prefix in ("ya29.emu-", "1//emu-", "4/0emu-", "GOCSPX-emu-"):
        assert secret not in mask(f"before {prefix}{secret} after")


@given(st.dictionaries(st.sampled_from(["code", "state", "token", "password"]), st.text()))
def test_fields_that_are_not_allowed_are_hidden(body: dict[str, str]) -> None:
    for name, shown in redact(body).items():
        assert shown in ("[hidden]", mask(body[name]))
