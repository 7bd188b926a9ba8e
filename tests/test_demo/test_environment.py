"""The settings that a demo gives itself."""

import json
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from portal.demo import environment, google_seed
from portal.demo.begin import begin
from portal.demo.folder import Folder
from portal.demo.ports import any_free
from portal.demo.stop import Stop


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder.at(str(tmp_path))


def test_keys_are_made_once_and_kept(folder: Folder) -> None:
    first = environment.build(folder, {}, {})
    environment.write(folder, first)
    second = environment.build(folder, {}, environment.read(folder))
    assert first["SECRET_KEY"] == second["SECRET_KEY"]
    assert first["FIELD_ENCRYPTION_KEY"] == second["FIELD_ENCRYPTION_KEY"]
    assert Fernet(first["FIELD_ENCRYPTION_KEY"]).encrypt(b"it is a key")


def test_every_demo_has_keys_of_its_own(folder: Folder) -> None:
    first, second = (environment.build(folder, {}, {}) for _ in range(2))
    assert first["SECRET_KEY"] != second["SECRET_KEY"]
    assert first["FIELD_ENCRYPTION_KEY"] != second["FIELD_ENCRYPTION_KEY"]


def test_the_file_with_the_keys_is_for_its_owner_only(folder: Folder) -> None:
    folder.environment.touch(mode=0o666)
    environment.write(folder, environment.build(folder, {}, {}))
    assert folder.environment.stat().st_mode & 0o777 == 0o600


def test_what_is_written_is_read_back(folder: Folder) -> None:
    settings = environment.build(folder, {}, {})
    environment.write(folder, settings)
    assert environment.read(folder) == settings


def test_sqlite_is_used_unless_another_database_is_given(folder: Folder) -> None:
    assert environment.build(folder, {}, {})["DATABASE_URL"].startswith("sqlite:////")
    given = {"DATABASE_URL": "postgres://db/portal"}
    assert environment.build(folder, given, {})["DATABASE_URL"] == "postgres://db/portal"


def test_another_database_is_not_remembered(folder: Folder) -> None:
    kept = environment.build(folder, {"DATABASE_URL": "postgres://db/portal"}, {})
    assert environment.build(folder, {}, kept)["DATABASE_URL"].startswith("sqlite:")


def test_settings_of_another_installation_do_not_leak_in(folder: Folder) -> None:
    given = {
        "SECRET_KEY": "live",
        "FIELD_ENCRYPTION_KEY": "live",
        "BROKER_URL": "redis://live",
        "EMAIL_URL": "smtp://live",
        "GOOGLE_CLIENT_SECRET": "live",
    }
    assert not any("live" in value for value in environment.build(folder, given, {}).values())


def test_no_address_of_googles_is_left(folder: Folder) -> None:
    settings = environment.build(folder, {}, {})
    addresses = {name: value for name, value in settings.items() if name.endswith("_URL")}
    assert not [
        name for name, value in addresses.items() if "google.com" in value or "googleapis" in value
    ]


def test_the_local_google_knows_where_both_clients_return_to(folder: Folder) -> None:
    port = any_free()
    settings = environment.build(folder, {"PORTAL_PORT": str(port)}, {})
    google_seed.write(folder.path / "seed.json", settings)
    portal, sign_in = json.loads((folder.path / "seed.json").read_text())["clients"]
    assert portal["redirect_uris"] == [
        f"http://localhost:{port}/google/callback/",
        f"http://localhost:{port}/google/terms/",
    ]
    assert sign_in["redirect_uris"] == [f"http://localhost:{port}/accounts/google/login/callback/"]
    assert portal["client_id"] != sign_in["client_id"]


def test_begin_fills_the_environment(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Stop, "listen", lambda self: None)
    environ = {"DEMO_DIR": str(folder.path)}
    begin(environ)
    assert environ["DEMO"] == "true"
    assert environ == {**environment.read(folder)}
