"""Keys that would lose data stop the start, with a sentence that says which."""

import base64
import os
import subprocess
import sys
from typing import Any

import environ
import pytest
from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured

from portal.checks.settings import encryption_keys_are_random, encryption_keys_are_sound
from portal.demo.programs import ROOT
from portal.operations.startup import start

ONE, TWO = (Fernet.generate_key().decode() for _ in range(2))


def problems(settings: Any, *keys: str) -> list[str]:
    settings.FIELD_ENCRYPTION_KEY = list(keys)
    return [str(one.msg) for one in [*encryption_keys_are_sound(), *encryption_keys_are_random()]]


def key_of(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode()


def test_two_good_keys_are_sound(settings: Any) -> None:
    assert problems(settings, ONE, TWO) == []


@pytest.mark.parametrize("between", [",", " ", "; ", ":"])
def test_two_keys_in_one_string_are_noticed(settings: Any, between: str) -> None:
    assert problems(settings, f"{ONE}{between}{TWO}") == [
        "FIELD_ENCRYPTION_KEY: key 1 is 2 keys in one: separate them with commas."
    ]


def test_a_key_in_quotes_is_noticed(settings: Any) -> None:
    assert problems(settings, ONE, f"'{TWO}'") == [
        "FIELD_ENCRYPTION_KEY: key 2 stands in quotes: leave them out."
    ]


NO_KEYS = {
    "a word": "short",
    "one character less": ONE[:-1],
    "one character more": f"{ONE}=",
    "no base64": "ü" * 44,
    "a foreign character": f"*{ONE[1:]}",
}


@pytest.mark.parametrize("key", NO_KEYS.values(), ids=NO_KEYS)
def test_what_is_no_key_is_named_by_its_place(settings: Any, key: str) -> None:
    said = problems(settings, ONE, key)
    assert said == ["FIELD_ENCRYPTION_KEY: key 2 is not a Fernet key."]


def test_a_key_that_stands_twice_is_noticed(settings: Any) -> None:
    assert problems(settings, ONE, TWO, ONE) == ["FIELD_ENCRYPTION_KEY: key 3 is key 1 once more."]


@pytest.mark.parametrize(
    "raw",
    [b"correct horse battery staple 123", bytes(32), bytes(range(32)), b"\x00\xff" * 16],
    ids=["text", "zeros", "counting", "pattern"],
)
def test_weak_keys_are_refused_by_the_start_and_not_shown(settings: Any, raw: bytes) -> None:
    [said] = problems(settings, ONE, key_of(raw))[:1]
    assert said.startswith("FIELD_ENCRYPTION_KEY: key 2 is weak")
    with pytest.raises(ImproperlyConfigured, match="key 2 is weak") as refused:
        start("web")
    assert key_of(raw) not in str(refused.value)


def test_no_random_key_is_ever_called_weak(settings: Any) -> None:
    assert problems(settings, *(Fernet.generate_key().decode() for _ in range(500))) == []


@pytest.mark.slow
@pytest.mark.sqlite(only=True)
def test_the_settings_refuse_a_bad_key_before_anything_else_runs() -> None:
    environment = {**os.environ, "FIELD_ENCRYPTION_KEY": f"{ONE},{TWO[:-2]}"}
    environment["DJANGO_SETTINGS_MODULE"] = "portal.settings"
    said = subprocess.run(
        (sys.executable, "-W", "ignore", "manage.py", "check"),
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert said.returncode != 0
    assert "FIELD_ENCRYPTION_KEY: key 2 is not a Fernet key." in said.stderr
    assert TWO[:-2] not in said.stderr
    assert ONE not in said.stderr


@pytest.mark.parametrize("text", [f"{ONE},{TWO}", f"{ONE}, {TWO}"], ids=["tight", "spaced"])
def test_the_environment_gives_a_list_even_with_a_space_after_the_comma(
    monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setenv("SOME_KEYS", text)
    keys = [key.strip() for key in environ.FileAwareEnv().list("SOME_KEYS")]
    assert keys == [ONE, TWO]
