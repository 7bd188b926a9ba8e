"""Keys that would lose data stop the start, with a sentence that says which."""

from typing import Any

import environ
import pytest
from cryptography.fernet import Fernet

from portal.checks import encryption_keys_are_sound

ONE, TWO = (Fernet.generate_key().decode() for _ in range(2))


def problems(settings: Any, *keys: str) -> list[str]:
    settings.FIELD_ENCRYPTION_KEY = list(keys)
    return [str(problem.msg) for problem in encryption_keys_are_sound()]


def test_two_good_keys_are_sound(settings: Any) -> None:
    assert problems(settings, ONE, TWO) == []


def test_two_keys_in_one_string_are_noticed(settings: Any) -> None:
    assert problems(settings, f"{ONE},{TWO}") == [
        "FIELD_ENCRYPTION_KEY: key 1 is not a Fernet key."
    ]


def test_a_short_key_is_named_by_its_place(settings: Any) -> None:
    assert problems(settings, ONE, "short") == ["FIELD_ENCRYPTION_KEY: key 2 is not a Fernet key."]


def test_a_key_that_stands_twice_is_noticed(settings: Any) -> None:
    assert problems(settings, ONE, ONE) == ["FIELD_ENCRYPTION_KEY: a key stands twice."]


@pytest.mark.parametrize("text", [f"{ONE},{TWO}", f"{ONE}, {TWO}"], ids=["tight", "spaced"])
def test_the_environment_gives_a_list_even_with_a_space_after_the_comma(
    monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setenv("SOME_KEYS", text)
    keys = [key.strip() for key in environ.FileAwareEnv().list("SOME_KEYS")]
    assert keys == [ONE, TWO]
