"""Many requests at once: what can be done is done, what cannot is said."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.audit.models.event import AuditEvent
from provisioning.requests.models.request import ProvisioningRequest
from provisioning.requests.states import Status
from tests.cast import Cast, signed_in
from tests.journeys import fresh
from tests.rows import connection_row, request_row


@pytest.fixture
def address(cast: Cast) -> str:
    return reverse("requests-bulk", args=[cast.tenant.slug])


def press(browser: Client, address: str, act: str, *rows: ProvisioningRequest, **more: str) -> str:
    answer = browser.post(
        address, {"act": act, "chosen": [str(row.pk) for row in rows], **more}, follow=True
    )
    assert answer.status_code == 200
    return answer.content.decode()


def test_cancelling_asks_once_more_and_counts(
    owner_browser: Client, cast: Cast, address: str
) -> None:
    connection = connection_row(cast.tenant)
    rows = [request_row(connection, Status.AWAITING_TERMS) for _ in range(3)]
    rows += [request_row(connection, Status.COMPLETED), request_row(connection, Status.CANCELLED)]
    page = press(owner_browser, address, "cancel", *rows)
    assert "Cancel 5 requests?" in page
    assert fresh(rows[0].pk).status == Status.AWAITING_TERMS

    page = press(owner_browser, address, "cancel", *rows, sure="yes", query="status=person")
    assert "3 cancelled." in page
    assert "2 could not be cancelled." in page
    assert "1: “Verified” does not allow it; 1: “Cancelled” does not allow it" in page
    assert [fresh(row.pk).status for row in rows].count(Status.CANCELLED) == 4
    audited = AuditEvent._base_manager.filter(tag="provisioning:request:moved", actor=cast.owner)
    assert audited.count() == 3


def test_retrying_sets_going_what_stands_still(
    owner_browser: Client, cast: Cast, address: str
) -> None:
    connection = connection_row(cast.tenant)
    failed, done = request_row(connection, Status.FAILED), request_row(connection, Status.COMPLETED)
    page = press(owner_browser, address, "retry", failed, done)
    assert "1 set going again." in page
    assert "1 could not be set going again." in page
    assert fresh(failed.pk).status == Status.QUEUED


def test_the_list_comes_back_with_its_filters(
    owner_browser: Client, cast: Cast, address: str
) -> None:
    row = request_row(connection_row(cast.tenant), Status.FAILED)
    answer = owner_browser.post(
        address, {"act": "retry", "chosen": str(row.pk), "query": "status=failed&page=2"}
    )
    assert answer["Location"] == (
        f"{reverse('requests', args=[cast.tenant.slug])}?status=failed&page=2"
    )


@pytest.mark.parametrize(
    "form",
    [{}, {"act": "retry"}, {"act": "explode", "chosen": "x"}, {"act": "retry", "chosen": "x"}],
)
def test_nothing_ticked_is_nothing_done(
    owner_browser: Client, address: str, form: dict[str, str]
) -> None:
    assert "Nothing was ticked" in owner_browser.post(address, form, follow=True).content.decode()


def test_another_tenant_s_requests_are_not_there(
    owner_browser: Client, cast: Cast, address: str
) -> None:
    theirs = request_row(connection_row(cast.elsewhere), Status.FAILED)
    press(owner_browser, address, "retry", theirs)
    press(owner_browser, address, "cancel", theirs, sure="yes")
    assert fresh(theirs.pk).status == Status.FAILED


def test_a_viewer_may_not(cast: Cast, address: str) -> None:
    row = request_row(connection_row(cast.tenant), Status.FAILED)
    answer = signed_in(cast.viewer).post(address, {"act": "retry", "chosen": str(row.pk)})
    assert answer.status_code == 403
    assert fresh(row.pk).status == Status.FAILED
