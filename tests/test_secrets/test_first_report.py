"""A process that starts goes on only when it has looked whether its database was restored."""

import time

import pytest

from portal.operations.key_heartbeat import report_keys

# The thread would go on for ever; these tests end it by an exception.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")


def test_a_start_waits_for_its_first_report(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []

    def slow(kind: str) -> None:
        # As long as a database may take; the start has nothing else to wait for.
        time.sleep(0.3)
        said.append(kind)
        raise SystemExit

    monkeypatch.setattr("portal.operations.key_heartbeat.report", slow)
    thread = report_keys("web")
    assert said == ["web"]
    thread.join(timeout=10)


def test_a_database_that_does_not_answer_keeps_no_process_from_starting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[str] = []

    def stuck(kind: str) -> None:
        asked.append(kind)
        time.sleep(2)
        raise SystemExit

    monkeypatch.setattr("portal.operations.key_heartbeat.report", stuck)
    monkeypatch.setattr("portal.operations.key_heartbeat._LONGEST", 0.1)
    thread = report_keys("web")
    assert asked == ["web"]
    assert thread.is_alive()
    thread.join(timeout=10)
