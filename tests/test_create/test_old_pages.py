"""Pages left open, other browsers, buttons that know less than the portal: nothing is undone."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from accounts.tenancy.scope import tenant_scope
from accounts.users.models import User
from provisioning.analytics.google.http import JournalHttp
from provisioning.requests.models.request import ProvisioningRequest
from provisioning.requests.services.leases import lease
from provisioning.requests.states import Status
from tests.buttons import buttons_of
from tests.cast import Cast, signed_in, with_second_step
from tests.emulator.seed import add_accounts, sub_for
from tests.emulator.thread import EmulatorThread
from tests.journeys import answer_terms, connect, fresh, leave_for_terms, new_request, work
from tests.scripting import script
from tests.test_create.looking import Clock, accept, page_of, press
from tokens.connections.models.connection import GoogleConnection


def tickets_of(request: ProvisioningRequest) -> int:
    with tenant_scope(request.tenant):
        return request.tickets.count()


def test_an_old_try_now_does_not_throw_a_live_ticket_away(
    owner_browser: Client, google: EmulatorThread, waiting: ProvisioningRequest
) -> None:
    answer_terms(owner_browser, waiting, google, "backend_error")
    button = next(
        one for one in buttons_of(page_of(owner_browser, waiting)) if one.label == "Try now"
    )
    press(owner_browser, waiting, "again")
    work()
    live = fresh(waiting.pk)
    assert live.status == Status.AWAITING_TERMS
    page = owner_browser.post(button.address, button.data, follow=True).content.decode()
    assert "has moved on meanwhile" in page
    work()
    assert (fresh(waiting.pk).status, tickets_of(waiting)) == (Status.AWAITING_TERMS, 2)


def test_every_form_of_a_request_s_page_carries_its_version(
    owner_browser: Client, google: EmulatorThread, waiting: ProvisioningRequest
) -> None:
    for answer in ("", "cancel"):
        if answer:
            answer_terms(owner_browser, waiting, google, answer)
        row = fresh(waiting.pk)
        buttons = buttons_of(page_of(owner_browser, waiting))
        forms = [one for one in buttons if one.data is not None]
        assert forms
        for button in forms:
            assert (button.data or {}).get("version") == str(row.version), button.label


def test_retrying_many_leaves_alone_whose_terms_can_be_accepted(
    owner_browser: Client, cast: Cast, waiting: ProvisioningRequest
) -> None:
    bulk = reverse("requests-bulk", args=[cast.tenant.slug])
    answer = owner_browser.post(bulk, {"act": "retry", "chosen": [str(waiting.pk)]}, follow=True)
    assert "could not be set going again" in answer.content.decode()
    assert (fresh(waiting.pk).status, tickets_of(waiting)) == (Status.AWAITING_TERMS, 1)


@pytest.mark.parametrize("who", ["owner", "teammate"])
def test_a_return_in_another_browser_of_a_member_is_looked_at_now(
    owner_browser: Client,
    cast: Cast,
    google: EmulatorThread,
    waiting: ProvisioningRequest,
    who: str,
) -> None:
    back = accept(google, leave_for_terms(owner_browser, waiting))
    page = signed_in(getattr(cast, who)).get(back, follow=True).content.decode()
    assert "was not counted" in page
    assert fresh(waiting.pk).status == Status.AWAITING_TERMS
    work()
    assert fresh(waiting.pk).status == Status.COMPLETED


@pytest.mark.parametrize(
    ("answer", "stands"),
    [
        ("cancel", Status.DECLINED),
        ("limit", Status.LIMIT_REACHED),
        ("backend_error", Status.WAITING_RETRY),
    ],
)
def test_check_now_keeps_what_is_known(
    owner_browser: Client,
    google: EmulatorThread,
    waiting: ProvisioningRequest,
    answer: str,
    stands: Status,
) -> None:
    answer_terms(owner_browser, waiting, google, answer)
    before = fresh(waiting.pk)
    press(owner_browser, waiting, "check")
    work()
    after = fresh(waiting.pk)
    assert (after.status, after.due_at) == (stands, before.due_at)
    assert after.version == before.version


def test_staff_who_expire_a_ticket_get_a_new_one(cast: Cast, waiting: ProvisioningRequest) -> None:
    staff = User.objects.create_user("staff@portal.example", is_staff=True, is_superuser=True)
    page = reverse("admin:provisioning_provisioningrequest_changelist")
    form = {"action": "expire", "_selected_action": [str(waiting.pk)], "reason": "Asked for"}
    with_second_step(staff).post(page, form)
    work()
    assert (fresh(waiting.pk).status, tickets_of(waiting)) == (Status.AWAITING_TERMS, 2)


def disconnected(browser: Client, connection: GoogleConnection) -> None:
    address = reverse("connection-disconnect", args=[connection.tenant.slug, connection.pk])
    browser.post(address, {"sure": "1"})


def broken(browser: Client, connection: GoogleConnection) -> None:
    GoogleConnection._base_manager.update(status="needs_reconnect", reason="revoked")


@pytest.mark.parametrize("stop", [disconnected, broken])
@pytest.mark.parametrize("worker_first", [True, False])
def test_nobody_is_sent_to_the_terms_through_a_connection_that_does_not_work(
    owner_browser: Client,
    cast: Cast,
    google: EmulatorThread,
    waiting: ProvisioningRequest,
    connection: GoogleConnection,
    stop: Callable[[Client, GoogleConnection], None],
    worker_first: bool,
) -> None:
    stop(owner_browser, connection)
    connection.refresh_from_db()
    assert connection.status != "active"
    if worker_first:
        work()
    assert leave_for_terms(owner_browser, waiting) == waiting.get_absolute_url()
    assert fresh(waiting.pk).status == Status.NEEDS_RECONNECT
    connect(owner_browser, cast.tenant, google)
    work()
    assert (fresh(waiting.pk).status, tickets_of(waiting)) == (Status.AWAITING_TERMS, 1)
    answer_terms(owner_browser, waiting, google)
    work()
    assert fresh(waiting.pk).status == Status.COMPLETED


@pytest.mark.usefixtures("legacy")
@pytest.mark.parametrize("accepted", [True, False])
def test_where_v3_is_gone_after_an_acceptance_no_main_button_leads_to_a_second_account(
    owner_browser: Client, cast: Cast, google: EmulatorThread, accepted: bool
) -> None:
    connect(owner_browser, cast.tenant, google, legacy="1")
    with tenant_scope(cast.tenant):
        through = GoogleConnection.objects.select_related("client", "tenant").get()
    if not accepted:
        script(google, "v3-gone")
    request = new_request(owner_browser, through)
    work()
    if accepted:
        back = accept(google, leave_for_terms(owner_browser, request))
        script(google, "v3-gone")
        owner_browser.get(back)
        work()
    assert fresh(request.pk).failure == "api_gone"
    assert ("Ask for Google Analytics 4" in page_of(owner_browser, request)) is not accepted


def test_a_slow_step_of_many_pages_keeps_its_lease(
    owner_browser: Client,
    google: EmulatorThread,
    connection: GoogleConnection,
    monkeypatch: pytest.MonkeyPatch,
    settings: Settings,
) -> None:
    google.call(lambda world: add_accounts(world.state, sub_for(connection.email), 8))
    monkeypatch.setattr("provisioning.analytics.google.admin_api.GA4_PAGE", 1)
    request = new_request(owner_browser, connection)
    send, calls = JournalHttp.request, 0
    with time_machine.travel(timezone.now(), tick=False) as clock:

        def slowly(http: JournalHttp, *args: Any, **options: Any) -> Any:
            """Take almost as long as a call may, while another worker looks for work."""
            nonlocal calls
            calls += 1
            clock.shift(settings.GOOGLE_TIMEOUT * 0.9)
            assert lease(request.pk) is None, "another worker took the request away"
            return send(http, *args, **options)

        monkeypatch.setattr(JournalHttp, "request", slowly)
        work()
    assert fresh(request.pk).status == Status.AWAITING_TERMS
    assert calls > 8
    assert len(google.state.tickets) == tickets_of(request) == 1


def test_a_lease_that_is_lost_counts_as_a_try_and_the_request_waits_in_the_end(
    owner_browser: Client,
    google: EmulatorThread,
    connection: GoogleConnection,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Killed(BaseException):
        """What nothing in a worker catches."""

    def die(*_: object) -> None:
        raise Killed

    request, clock = new_request(owner_browser, connection), Clock()
    with monkeypatch.context() as patched:
        patched.setattr("provisioning.requests.services.tickets._store", die)
        for _ in range(10):
            with clock.here():
                try:
                    work()
                except Killed:
                    clock.now += timedelta(minutes=5)
    assert fresh(request.pk).status == Status.WAITING_RETRY
    assert len(google.state.tickets) < 5
    clock.wait(minutes=20)
    assert fresh(request.pk).status == Status.AWAITING_TERMS
