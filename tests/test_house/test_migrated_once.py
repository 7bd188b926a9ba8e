"""The copy of a migrated database that tests begin with is never older than what makes it."""

from pathlib import Path

import pytest

from tests.sqlite import creation


def test_a_changed_line_of_the_product_makes_a_new_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(creation, "_ROOT", tmp_path)
    migration = tmp_path / "accounts" / "migrations" / "0001_initial.py"
    migration.parent.mkdir(parents=True)
    migration.write_text("operations = []")
    before = creation.made_from()
    assert creation.made_from() == before
    migration.write_text("operations = [1]")
    after = creation.made_from()
    assert after != before
    migration.with_name("0002_more.py").write_text("")
    assert creation.made_from() not in {before, after}
