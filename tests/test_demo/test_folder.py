"""The demo's folder: made, locked, refused, removed."""

from pathlib import Path

import pytest

from portal.demo import reset
from portal.demo.errors import DemoError
from portal.demo.folder import Folder


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder.at(str(tmp_path / "demo"))


def test_a_new_folder_is_for_its_owner_only(folder: Folder) -> None:
    folder.open()
    assert folder.path.stat().st_mode & 0o777 == 0o700
    assert folder.is_a_demos


def test_a_second_demo_in_the_same_folder_is_refused(folder: Folder) -> None:
    folder.open()
    with pytest.raises(DemoError, match="A demo is running"):
        Folder(folder.path).open()


def test_a_running_demo_cannot_be_removed(folder: Folder) -> None:
    folder.open()
    with pytest.raises(DemoError, match="A demo is running"):
        folder.remove()
    assert folder.path.is_dir()


def test_a_folder_with_other_things_in_it_is_not_used(folder: Folder) -> None:
    folder.path.mkdir()
    (folder.path / "thesis.txt").write_text("years of work")
    with pytest.raises(DemoError, match="not a demo's"):
        folder.open()


def test_reset_refuses_a_folder_that_no_demo_made(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.path.mkdir()
    (folder.path / "thesis.txt").write_text("years of work")
    monkeypatch.setenv("DEMO_DIR", str(folder.path))
    with pytest.raises(DemoError, match="does not look like"):
        reset.main()
    assert (folder.path / "thesis.txt").exists()


def test_reset_removes_what_a_demo_kept(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.path.mkdir()
    folder.lock.touch()
    (folder.path / "portal.sqlite3").touch()
    monkeypatch.setenv("DEMO_DIR", str(folder.path))
    assert reset.main() == f"Removed {folder.path}."
    assert not folder.path.exists()


def test_reset_of_nothing_says_so(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEMO_DIR", str(folder.path))
    assert "nothing to remove" in reset.main()
