"""The file of the client for terminals: what it may be, and what is said of every other file."""

import json
from pathlib import Path

import pytest
from pytest_django import Settings

from portal.checks.redirect_uris import installed_client_is_one
from tokens.clients.installed_app import BadClientFile, installed_client

CLIENT = {"client_id": "canary-id", "client_secret": "GOCSPX-emu-canary"}


def give(settings: Settings, folder: Path, content: str) -> None:
    path = folder / "client_secret.json"
    path.write_text(content)
    settings.GOOGLE_INSTALLED_CLIENT_FILE = str(path)


def test_without_a_file_there_is_no_client(settings: Settings) -> None:
    settings.GOOGLE_INSTALLED_CLIENT_FILE = ""
    assert installed_client() is None
    assert installed_client_is_one() == []


def test_the_consoles_file_is_read(settings: Settings, tmp_path: Path) -> None:
    give(settings, tmp_path, json.dumps({"installed": {**CLIENT, "project_id": "portal"}}))
    client = installed_client()
    assert client is not None
    assert (client.client_id, client.secret) == ("canary-id", "GOCSPX-emu-canary")
    assert "GOCSPX" not in repr(client)
    assert installed_client_is_one() == []


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (json.dumps({"web": CLIENT}), "GOOGLE_CLIENT_ID and GOOGLE_CLIENT_SECRET"),
        (json.dumps({"type": "service_account", "private_key": "canary"}), "page Credentials"),
        (json.dumps({"installed": {"client_id": "canary-id"}}), "not the file of an OAuth client"),
        (json.dumps({"installed": ["canary-id"]}), "not the file of an OAuth client"),
        (json.dumps(["GOCSPX-emu-canary"]), "something else than one object"),
        ('{"installed": {"client_secret": "GOCSPX-emu-canary"', "cut off or damaged"),
        ("", "cut off or damaged"),
    ],
)
def test_another_file_is_refused_in_words_that_quote_nothing_of_it(
    settings: Settings, tmp_path: Path, content: str, said: str
) -> None:
    give(settings, tmp_path, content)
    with pytest.raises(BadClientFile) as refused:
        installed_client()
    assert said in str(refused.value)
    assert "canary" not in str(refused.value)
    (found,) = installed_client_is_one()
    assert (found.id, found.is_serious()) == ("portal.E008", True)


def test_a_file_that_is_not_there_is_named(settings: Settings, tmp_path: Path) -> None:
    settings.GOOGLE_INSTALLED_CLIENT_FILE = str(tmp_path / "none.json")
    with pytest.raises(BadClientFile, match="No such file"):
        installed_client()
