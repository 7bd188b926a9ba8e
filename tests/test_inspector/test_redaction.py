"""What the journal keeps: known to be harmless, or only its length."""

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from tests.cast import Cast
from tests.exchanges import exchange_row, exchanges_of, leaks
from tokens.exchanges.recording import Entry, Subject, write_many
from tokens.exchanges.redaction import (
    _often_shown,
    hidden,
    is_hidden,
    redacted,
    redacted_headers,
    redacted_request,
    redacted_url,
    shown,
)

SECRET = "ya29.emu-canary-access-token"


def test_an_authorisation_shows_its_scheme_and_the_length_of_the_rest() -> None:
    kept = redacted_headers({"authorization": f"Bearer {SECRET}"})
    assert kept == {"Authorization": f"Bearer [{len(SECRET)} characters]"}


@pytest.mark.parametrize("value", ["Basic Zm9vOmJhcg==", "nothing-but-a-key", "Bearer"])
def test_no_form_of_an_authorisation_shows_its_proof(value: str) -> None:
    [kept] = redacted_headers({"Authorization": value}).values()
    assert value.rpartition(" ")[2] not in kept


def test_known_headers_are_shown_under_their_usual_names() -> None:
    sent = {"content-type": "text/html", "WWW-AUTHENTICATE": 'Bearer error="x"', "retry-after": "7"}
    assert redacted_headers(sent) == {
        "Content-Type": "text/html",
        "WWW-Authenticate": 'Bearer error="x"',
        "Retry-After": "7",
    }


@pytest.mark.parametrize("name", ["Cookie", "Set-Cookie", "X-Goog-Api-Key", "X-New-Tomorrow"])
def test_an_unknown_header_is_hidden_by_default(name: str) -> None:
    assert redacted_headers({name: "abc"}) == {name: "[3 characters]"}


def test_notes_of_the_http_library_are_no_headers() -> None:
    assert redacted_headers({"-x-permanent-redirect-url": "abc", ":status": "200"}) == {}


def test_an_unknown_field_is_hidden_by_default_however_deep() -> None:
    body = {"accounts": [{"displayName": "Bluebird", "newTomorrow": {"deep": "abc"}}], "": "abc"}
    assert redacted(body) == {
        "accounts": [{"displayName": "Bluebird", "newTomorrow": {"deep": "[3 characters]"}}],
        "": "[3 characters]",
    }


@pytest.mark.parametrize("body", [SECRET, [SECRET], {"message": f"bad token {SECRET}!"}])
def test_a_secret_is_hidden_wherever_it_stands(body: Any) -> None:
    assert SECRET not in str(redacted(body))


def test_a_secret_in_a_sentence_becomes_its_length_and_the_rest_stays() -> None:
    assert shown(f"bad token {SECRET}!") == f"bad token [{len(SECRET)} characters]!"


def test_what_no_database_takes_is_left_out_and_what_is_long_is_cut() -> None:
    assert shown("a\0b") == "ab"
    assert shown("half \ud83d") == "half ?"
    assert shown("x" * 501) == "x" * 500
    assert shown(None) == "None"


def test_what_is_hidden_is_told_from_what_only_reads_like_it() -> None:
    assert is_hidden(hidden("abc"))
    assert hidden(12345) == "[5 characters]"
    others: list[object] = ["[3 characters] more", "three", "", None, 3, []]
    assert not any(is_hidden(value) for value in others)


def test_the_name_of_a_field_may_be_a_secret_too() -> None:
    assert redacted({SECRET: 1, "access_token": "abc"}) == {
        f"[{len(SECRET)} characters]": "[1 characters]",
        "access_token": "[3 characters]",
    }


def test_a_list_is_cut_and_its_items_are_judged_by_the_name_of_the_list() -> None:
    assert redacted({"scope": ["a"] * 30, "secrets": ["abc"]}) == {
        "scope": ["a"] * 20,
        "secrets": ["[3 characters]"],
    }


def test_numbers_that_no_database_keeps_become_words() -> None:
    kept = redacted({"code": 7, "expires_in": 1.5, "deleted": True, "status": float("nan")})
    assert kept == {"code": 7, "expires_in": 1.5, "deleted": True, "status": "nan"}


def test_of_many_headers_forty_are_kept_and_long_names_are_cut() -> None:
    kept = redacted_headers({f"X-{number}": "abc" for number in range(50)})
    assert len(kept) == 40
    assert redacted_headers({"X" * 99: "abc"}) == {"X" + "x" * 59: "[3 characters]"}


@pytest.mark.parametrize("name", ["Content-Type", "Via", "Server"])
def test_a_secret_in_a_header_that_is_shown_is_hidden(name: str) -> None:
    assert redacted_headers({name: f"a {SECRET}"}) == {name: f"a [{len(SECRET)} characters]"}


def test_headers_that_change_each_time_are_not_remembered() -> None:
    before = _often_shown.cache_info().misses
    redacted_headers({"Via": f"a proxy {uuid4()}", "X-Unknown": "abc"})
    assert _often_shown.cache_info().misses == before
    redacted_headers({"Server": f"a server {uuid4()}"})
    assert _often_shown.cache_info().misses == before + 1


def test_a_proof_of_several_words_is_hidden_from_its_first() -> None:
    kept = redacted_headers({"Authorization": "Digest user=abc, response=def"})
    assert kept == {"Authorization": "Digest [22 characters]"}
    assert redacted_headers({"Authorization": "abcdef"}) == {"Authorization": "[6 characters]"}


def test_dates_and_paths_are_not_taken_for_secrets() -> None:
    words = "since 2024/01/02, accounts/14/0"
    assert redacted({"message": words}) == {"message": words}


def test_a_code_is_a_number_in_an_answer_and_a_secret_in_a_form() -> None:
    assert redacted({"error": {"code": 403}}) == {"error": {"code": 403}}
    assert redacted_request({"code": "abc", "grant_type": "authorization_code"}) == {
        "code": "[3 characters]",
        "grant_type": "authorization_code",
    }


def test_of_an_address_only_known_parameters_are_kept() -> None:
    url = "https://g.example/v1/x?filter=parent:accounts/1&token=abc&pageToken=def&pageSize=2#frag"
    assert redacted_url(url) == "https://g.example/v1/x?filter=parent:accounts/1&pageSize=2"


def test_an_entry_does_not_show_itself_in_logs() -> None:
    entry = Entry("POST", SECRET, SECRET, 200, SECRET, 1, "", {"a": SECRET}, {"b": SECRET})
    assert leaks([repr(entry)]) == []


def test_many_are_written_at_once_and_redacted_alike(
    cast: Cast, django_assert_num_queries: Any
) -> None:
    body = {"refresh_token": "1//abc", "grant_type": "refresh_token"}
    headers = {"Authorization": f"Bearer {SECRET}", "Date": "today"}
    entry = Entry("POST", "https://g.example/", body, 200, {"id_token": "eyJ"}, 5, "", headers)
    subject = Subject(cast.tenant.pk)
    with django_assert_num_queries(1):
        write_many((subject, entry) for _ in range(20))
    rows = exchanges_of(cast.tenant)
    assert len(rows) == 20
    assert {row.request_headers["Date"] for row in rows} == {"today"}
    assert (
        leaks(f"{row.request_headers}{row.request_body}{row.response_body}" for row in rows) == []
    )


def test_nothing_that_google_says_becomes_part_of_a_page(owner_browser: Client, cast: Cast) -> None:
    row = exchange_row(
        Subject(cast.tenant.pk),
        status=400,
        error="invalid",
        response_body={"<script>alert(1)</script>": 1, "message": "<img src=x>\0"},
        response_headers={"Server": "<b>bold</b>", "<i>": "x"},
    )
    page = owner_browser.get(f"/t/{cast.tenant.slug}/exchanges/{row.pk}/").content.decode()
    for hostile in ("<script>alert", "<img src=x", "<b>bold", "<i>"):
        assert hostile not in page


@pytest.mark.parametrize(
    "broken", ["half \ud800", "nul \0", float("nan"), float("inf"), "x" * 9999]
)
def test_a_broken_answer_is_written_down_all_the_same(cast: Cast, broken: object) -> None:
    row = exchange_row(
        Subject(cast.tenant.pk),
        response_body={"message": broken, str(broken): broken},
        response_headers={"Server": str(broken), f"X-{broken}": "y"},
    )
    [kept] = exchanges_of(cast.tenant)
    assert kept.response_body == row.response_body
    assert len(str(kept.response_body)) < 1200
