"""A copied command does what it shows and nothing else, whatever Google or people wrote."""

import json
import subprocess
from typing import Any

import pytest

from tokens.inspector.curl import as_curl

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
JSON = {"Content-Type": "application/json"}
HOSTILE = [
    "'; touch /tmp/pwned; '",
    '"$(touch /tmp/pwned)"',
    "`id`",
    "$HOME !! \\",
    "two\nlines",
    "@/etc/passwd",
    "-o /tmp/pwned",
    "Zürich & Söhne",
    "",
]


def words(command: str, **variables: str) -> list[str]:
    """What a shell hands to curl."""
    script = 'curl() { for word in "$@"; do printf "%s\\0" "$word"; done; }\n' + command
    ran = subprocess.run(  # noqa: S603  # what as_curl() wrote is run by a shell on purpose
        ["/bin/sh", "-eu", "-c", script],
        env=variables,
        capture_output=True,
        check=True,
        text=True,
        timeout=10,
    )
    assert ran.stderr == ""
    return ran.stdout.split("\0")[:-1]


def test_a_refresh_asks_for_its_secrets_by_name() -> None:
    body = {
        "grant_type": "refresh_token",
        "refresh_token": "[40 characters]",
        "client_id": "[33 characters]",
        "client_secret": "[24 characters]",
    }
    assert as_curl("POST", "https://oauth2.googleapis.com/token", FORM, body) == (
        "curl --request POST \\\n"
        "  --url https://oauth2.googleapis.com/token \\\n"
        "  --header 'Content-Type: application/x-www-form-urlencoded' \\\n"
        "  --data-urlencode grant_type=refresh_token \\\n"
        '  --data-urlencode refresh_token="$REFRESH_TOKEN" \\\n'
        '  --data-urlencode client_id="$CLIENT_ID" \\\n'
        '  --data-urlencode client_secret="$CLIENT_SECRET"'
    )


def test_an_api_call_carries_a_variable_for_its_token() -> None:
    headers = {"Authorization": "Bearer [200 characters]", **JSON, "Content-Length": "12"}
    command = as_curl("POST", "https://g.example/v1", headers, {"displayName": "Bluebird"})
    assert words(command, ACCESS_TOKEN="t0ken") == [
        "--request",
        "POST",
        "--url",
        "https://g.example/v1",
        "--header",
        "Authorization: Bearer t0ken",
        "--header",
        "Content-Type: application/json",
        "--data-raw",
        '{"displayName": "Bluebird"}',
    ]


@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_hostile_value_in_json_stays_a_value(hostile: str) -> None:
    body = {"displayName": hostile, hostile: [hostile]}
    sent = words(as_curl("POST", "https://g.example/", JSON, body))[-1]
    assert json.loads(sent) == body


@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_hostile_value_in_a_form_stays_a_value(hostile: str) -> None:
    sent = words(as_curl("POST", "https://g.example/", FORM, {"scope": hostile}))
    assert sent[-2:] == ["--data-urlencode", f"scope={hostile}"]


@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_hostile_name_of_a_field_or_header_starts_nothing(hostile: str) -> None:
    headers = {**FORM, hostile: "[3 characters]", "X-Fine": hostile}
    command = as_curl("POST", "https://g.example/", headers, {hostile: "[3 characters]"})
    expected = dict.fromkeys(variables_of(command), "v")
    sent = words(command, **expected)
    assert len(sent) == 4 + 4 + 2
    assert "\n" not in sent[7]


def variables_of(command: str) -> set[str]:
    pieces = [piece for piece in command.split('"$')[1:] if piece[0].isupper()]
    return {piece.partition('"')[0] for piece in pieces}


@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_hostile_address_and_method_stay_what_they_are(hostile: str) -> None:
    sent = words(as_curl(hostile, f"https://g.example/{hostile}[1-9]", {}, None))
    assert sent[:4] == ["--request", "GET", "--globoff", "--url"]
    assert len(sent) == 5


def test_a_hidden_value_inside_json_becomes_a_variable() -> None:
    body: dict[str, Any] = {"clientSecret": "[9 characters]", "list": ["[1 characters]", "it's"]}
    sent = words(as_curl("POST", "https://g.example/", JSON, body), CLIENT_SECRET="s", LIST="x")
    assert json.loads(sent[-1]) == {"clientSecret": "s", "list": ["x", "it's"]}


def test_without_a_body_nothing_is_sent() -> None:
    command = as_curl("GET", "https://g.example/v1?filter=a:b&pageSize=2", {}, {})
    assert words(command) == [
        "--request",
        "GET",
        "--url",
        "https://g.example/v1?filter=a:b&pageSize=2",
    ]
