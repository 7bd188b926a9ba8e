"""Times as the server writes them, for who has no script."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from portal.templatetags.portal_ui import moment

NOON = datetime(2026, 5, 3, 12, 0, tzinfo=UTC)


def test_a_clock_names_its_day_unless_that_is_today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timezone, "now", lambda: NOON)
    assert ">09:05 UTC</time>" in moment(NOON.replace(hour=9, minute=5), "clock")
    assert ">30 Apr, 12:00 UTC</time>" in moment(NOON - timedelta(days=3), "clock")
    assert 'title="30 Apr 2026, 12:00 UTC"' in moment(NOON - timedelta(days=3), "clock")
