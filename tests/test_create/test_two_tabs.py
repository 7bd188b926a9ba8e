"""Two tabs of one browser: each comes back with its own answer, and neither disturbs the other."""

import pytest
from django.test import Client

from accounts.tenancy.scope import tenant_scope
from provisioning.requests.models.account import ProvisionedAccount
from provisioning.requests.models.attempt import TosOutcome
from provisioning.requests.states import Status
from tests.cast import Cast
from tests.emulator.person import Person, PersonBlocked
from tests.emulator.thread import EmulatorThread
from tests.journeys import AGENCY, connected, fresh, leave_for_terms, new_request, path_of, work


@pytest.mark.parametrize("last_first", [False, True])
def test_two_requests_are_accepted_in_two_tabs_in_any_order(
    owner_browser: Client, cast: Cast, google: EmulatorThread, last_first: bool
) -> None:
    connection = connected(owner_browser, cast.tenant, google)
    requests = [new_request(owner_browser, connection, account_name=f"Tab {n}") for n in (1, 2)]
    work()
    person = Person(google.base_url, AGENCY)
    backs = [
        path_of(str(person.answer_terms(leave_for_terms(owner_browser, request))))
        for request in requests
    ]
    for back in reversed(backs) if last_first else backs:
        assert owner_browser.get(back).status_code == 303
    work()
    done = [fresh(request.pk) for request in requests]
    assert [row.status for row in done] == [Status.COMPLETED] * 2
    assert [row.account.account_name for row in done] == ["Tab 1", "Tab 2"]


def test_the_same_terms_in_two_tabs_make_one_account(
    owner_browser: Client, cast: Cast, google: EmulatorThread
) -> None:
    request = new_request(owner_browser, connected(owner_browser, cast.tenant, google))
    work()
    tabs = [leave_for_terms(owner_browser, request) for _ in range(2)]
    person = Person(google.base_url, AGENCY)
    back = path_of(str(person.answer_terms(tabs[0])))
    with pytest.raises(PersonBlocked):
        person.answer_terms(tabs[1])
    for _ in range(3):
        assert owner_browser.get(back).status_code == 303
        work()
    assert fresh(request.pk).status == Status.COMPLETED
    with tenant_scope(request.tenant):
        assert ProvisionedAccount.objects.count() == 1
        assert TosOutcome.objects.filter(counted=True).count() == 1


def test_declining_in_one_tab_after_accepting_in_the_other_changes_nothing(
    owner_browser: Client, cast: Cast, google: EmulatorThread
) -> None:
    request = new_request(owner_browser, connected(owner_browser, cast.tenant, google))
    work()
    person = Person(google.base_url, AGENCY)
    back = path_of(str(person.answer_terms(leave_for_terms(owner_browser, request))))
    owner_browser.get(back)
    ticket = back.partition("accountTicketId=")[2].partition("&")[0]
    owner_browser.get(f"/google/terms/?accountTicketId={ticket}&error=user_cancel")
    work()
    assert fresh(request.pk).status == Status.COMPLETED


def test_accepting_after_an_error_for_the_same_ticket_is_found_by_looking(
    owner_browser: Client, cast: Cast, google: EmulatorThread
) -> None:
    request = new_request(owner_browser, connected(owner_browser, cast.tenant, google))
    work()
    back = path_of(
        str(Person(google.base_url, AGENCY).answer_terms(leave_for_terms(owner_browser, request)))
    )
    ticket = back.partition("accountTicketId=")[2].partition("&")[0]
    owner_browser.get(f"/google/terms/?accountTicketId={ticket}&error=backend_error")
    assert fresh(request.pk).status == Status.WAITING_RETRY
    page = owner_browser.get(back, follow=True).content.decode()
    assert "was not counted" in page
    owner_browser.post(f"{request.get_absolute_url()}check/")
    work()
    assert fresh(request.pk).status == Status.COMPLETED
