"""Whatever is recorded can be read: every tag and every actor has words."""

from importlib import import_module

from accounts.audit.events import ActorKind
from portal.audit_log.words import ACTIONS, ACTORS, WORDS, words_for
from tests.test_house.source import APPS, python_files


def tags() -> set[str]:
    """Every tag of every app."""
    tables = [path for path in python_files(*APPS) if path.name == "events.py"]
    modules = [import_module(".".join(path.with_suffix("").parts)) for path in tables]
    return {tag.value for module in modules for tag in module.Event}


def test_every_tag_of_every_app_has_words_of_its_own() -> None:
    assert set(WORDS) == tags()
    assert len(tags()) > 50
    assert len(set(WORDS.values())) == len(WORDS)
    assert not any(":" in words or "_" in words for words in WORDS.values())


def test_every_action_can_be_chosen_once() -> None:
    offered = [tag for _, group in ACTIONS for tag, _ in group]
    assert sorted(offered) == sorted(WORDS)


def test_every_kind_of_actor_has_words() -> None:
    assert set(ACTORS) == set(ActorKind)


def test_a_tag_of_former_days_is_shown_as_it_is() -> None:
    assert words_for("tokens:forgotten:done") == "tokens:forgotten:done"
