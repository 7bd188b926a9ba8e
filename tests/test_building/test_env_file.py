"""Mistakes in `.env` are told by name and line, and what stands there is never shown."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from portal.demo.programs import ROOT
from portal.settings.env import env
from portal.settings.env_file import read_env_file

CANARY = "canary-of-the-file"


def file_of(folder: Path, content: bytes) -> Path:
    path = folder / ".env"
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    "line",
    [
        "NAME=value x#y",
        "NAME = value x#y",
        "NAME=\tvalue x#y  ",
        "  NAME=value x#y\r",
        "export NAME=value x#y",
        "NAME='value x#y'",
        'NAME = "value x#y"',
    ],
)
def test_a_line_is_read_however_it_is_spaced_or_quoted(tmp_path: Path, line: str) -> None:
    for mark in ("utf-8", "utf-8-sig"):
        path = file_of(tmp_path, f"{line}\n\n # a word\nOTHER=1\n".encode(mark))
        assert read_env_file(path) == {"NAME": "value x#y", "OTHER": "1"}


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("$OTHER-canary", "$OTHER-canary"),
        ("a$b{c}", "a$b{c}"),
        ("'a\\nb\"'", 'a\\nb"'),
        ('"a\\"b\\\\c\\$d"', 'a"b\\c$d'),
        ('"', '"'),
        ("a=b==", "a=b=="),
    ],
)
def test_a_value_is_what_stands_there(tmp_path: Path, written: str, value: str) -> None:
    assert read_env_file(file_of(tmp_path, f"NAME={written}".encode())) == {"NAME": value}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (f"A=1\nSECRET_KEY: {CANARY}".encode(), "Line 2 of"),
        (f"A=1\n\n{CANARY}".encode(), "Line 3 of"),
        (f"SECRET KEY={CANARY}".encode(), "Line 1 of"),
        (f"A={CANARY}".encode("utf-16"), "not UTF-8"),
        (f"A={CANARY}".encode("utf-16-le"), "UTF-16"),
        (f"A={CANARY}ä".encode("latin-1"), "not UTF-8"),
    ],
)
def test_a_line_that_cannot_be_read_is_named_and_not_shown(
    tmp_path: Path, content: bytes, words: str
) -> None:
    with pytest.raises(ImproperlyConfigured, match=words) as refused:
        read_env_file(file_of(tmp_path, content))
    assert CANARY not in str(refused.value)
    assert refused.value.__cause__ is None
    assert refused.value.__suppress_context__ or refused.value.__context__ is None


BROKEN = {
    "SWEEP_INTERVAL": f"5 {CANARY}",
    "DEBUG": CANARY,
    "MAIL_RETENTION_DAYS": CANARY,
    "DATABASE_URL": f"postgres://portal:pass/{CANARY}:x@db/portal",
    "CACHE_URL": f"{CANARY}://x",
    "EMAIL_URL": f"smtp://u:{CANARY}/@mail:port",
    "SECRET_KEY_FILE": f"/{CANARY}",
    "FIELD_ENCRYPTION_KEY": f"${CANARY}",
}


@pytest.mark.slow
@pytest.mark.sqlite(only=True)
@pytest.mark.parametrize("name", BROKEN)
def test_a_start_with_a_malformed_value_names_the_variable_alone(tmp_path: Path, name: str) -> None:
    path = file_of(tmp_path, f"\ufeff{name} = {BROKEN[name]}\n".encode())
    kept = {"PATH": os.environ["PATH"], "PORTAL_ENV_FILE": str(path), "BROKER_URL": "memory://"}
    if name != "SECRET_KEY_FILE":
        kept["SECRET_KEY"] = "x" * 60
    said = subprocess.run(
        (sys.executable, "manage.py", "check"),
        env=kept, cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert said.returncode != 0
    assert name in said.stderr
    assert CANARY not in said.stderr + said.stdout


@pytest.mark.parametrize("value", ["nonsense", "mongo://user:canary@db/portal", "//db/portal"])
def test_a_database_of_no_kind_is_refused(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("SOME_DATABASE", value)
    with pytest.raises(ImproperlyConfigured, match="SOME_DATABASE is malformed"):
        env.db_url("SOME_DATABASE")


def test_a_switch_that_is_neither_yes_nor_no_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    for word, value in (("TRUE", True), (" on ", True), ("No", False), ("", False)):
        monkeypatch.setenv("SOME_SWITCH", word)
        assert env.bool("SOME_SWITCH", default=not value) is value
    monkeypatch.setenv("SOME_SWITCH", "flase")
    with pytest.raises(ImproperlyConfigured, match="SOME_SWITCH is malformed"):
        env.bool("SOME_SWITCH", default=True)


def test_lists_bear_blanks_and_secrets_of_files_end_without_their_line_break(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SOME_LIST", " a, b ,,c")
    assert env.list("SOME_LIST") == ["a", "b", "c"]
    monkeypatch.setenv("SOME_TEXT_FILE", str(file_of(tmp_path, b"\xef\xbb\xbf$value\r\n")))
    assert env.str("SOME_TEXT") == "$value"
    monkeypatch.setenv("SOME_NUMBER", "")
    assert env.int("SOME_NUMBER", default=7) == 7
