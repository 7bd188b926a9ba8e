"""Looking at a page changes nothing: a link, a crawler or a picture's address does no harm."""

import re
from typing import Any

import pytest
from django.db import connection
from django.urls import reverse

from tests.cast import Cast
from tests.test_isolation.test_matrix import freshly_proven, objects_of
from tests.test_isolation.test_outsiders import ROUTES, WITH_ID, address
from tests.test_staff.test_admin import rows as rows  # noqa: PLC0414  # a fixture is used by name

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.slow,
    pytest.mark.sqlite(only=True),
    pytest.mark.timeout(600),
]
CHANGE = re.compile(
    r"^\s*(?:INSERT INTO|UPDATE|DELETE FROM|REPLACE INTO)\s+\"?(\w+)", re.IGNORECASE
)
# What is kept of the looking itself: where a browser is, and since when; that somebody has
# downloaded a list; what Google was asked for the page.
KEPT = {
    "django_session",
    "usersessions_usersession",
    "accounts_auditevent",
    "tokens_exchange",
}
OUTSIDE = ("landing", "organisations", "tenant-new", "own-data", "own-mails", "own-account-close")
# So that nobody is content because every page turned them away.
FEWEST_SHOWN = 30


class Changes:
    """Tables that statements wrote to, but those that keep the looking itself."""

    def __init__(self) -> None:
        self.tables: set[str] = set()

    def __call__(self, execute: Any, sql: str, *arguments: Any) -> Any:
        found = CHANGE.match(sql)
        self.tables |= {found[1]} - KEPT if found else set()
        return execute(sql, *arguments)


@pytest.mark.usefixtures("rows")
def test_no_page_that_is_looked_at_writes_anything(cast: Cast) -> None:
    browser, own = freshly_proven(cast.owner), objects_of(cast.tenant)
    pages = [reverse(name) for name in OUTSIDE]
    for name in (name for name, _ in ROUTES):
        keys = own.values() if name in WITH_ID else [next(iter(own.values()))]
        pages += [address(name, cast.tenant.slug, pk) for pk in keys]
    wrong, shown = {}, 0
    for page in dict.fromkeys(pages):
        changes = Changes()
        with connection.execute_wrapper(changes):
            answer = browser.get(page)
            list(getattr(answer, "streaming_content", ()))
            if answer.status_code == 200:
                shown += 1
                # Or whoever only asks whether a page is there is told that it is not.
                assert browser.head(page).status_code == 200, page
        if changes.tables:
            wrong[page] = changes.tables
    assert wrong == {}
    assert shown >= FEWEST_SHOWN
