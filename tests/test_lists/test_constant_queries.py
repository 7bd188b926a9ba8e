"""Pages ask the database the same number of times, however much there is."""

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from portal.pages.dashboard import _verified_before
from provisioning.requests.models.account import ProvisionedAccount
from provisioning.requests.states import Status
from tests.cast import Cast
from tests.rows import connection_row, request_row

MOST = 20
_STATES = (Status.COMPLETED, Status.AWAITING_TERMS, Status.FAILED, Status.REQUESTING)


def fill(cast: Cast, many: int, start: int) -> None:
    """Requests of every kind, each ten of them through a Google account of their own."""
    for number in range(start, start + many):
        if number % 10 == 0:
            through = connection_row(cast.tenant, f"shop{number}@gmail.example")
        row = request_row(through, _STATES[number % 4], account_name=f"Shop {number}")
        if row.status == Status.COMPLETED:
            ProvisionedAccount._base_manager.create(
                tenant=cast.tenant,
                request=row,
                account_id=str(1000 + number),
                account_name="Shop",
                verified_at=timezone.now(),
            )


def queries(browser: Client, address: str) -> int:
    """As in a process that knows nothing yet."""
    browser.get(address)
    cache.clear()
    _verified_before.cache_clear()
    with CaptureQueriesContext(connection) as asked:
        assert browser.get(address).status_code == 200
    return len(asked)


@pytest.mark.parametrize("page", ["home", "requests", "connections", "requests-export"])
def test_ten_rows_and_a_hundred_ask_alike(owner_browser: Client, cast: Cast, page: str) -> None:
    address = f"{reverse(page, args=[cast.tenant.slug])}?size=100"
    fill(cast, 10, 0)
    few = queries(owner_browser, address)
    fill(cast, 90, 10)
    assert queries(owner_browser, address) == few <= MOST
