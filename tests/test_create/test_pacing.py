"""The portal waits for Google's quotas, says until when, and nobody's try is lost by it."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection as database
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from accounts.tenancy.scope import tenant_scope
from provisioning.analytics.backends import Backend
from provisioning.analytics.google.quotas import day_began, day_ends
from provisioning.requests.models.request import ProvisioningRequest
from provisioning.requests.models.status_change import StatusChange
from provisioning.requests.services.throttling import charge_pages
from provisioning.requests.states import Status
from tests.cast import Cast
from tests.emulator.thread import EmulatorThread
from tests.journeys import answer_terms, connected, fresh, new_request, work
from tests.scripting import script
from tokens.rate_limits.models import RateBucket
from tokens.rate_limits.services import Draw, drain, take_all


def wake(request: ProvisioningRequest) -> None:
    """The hands of the clock reach the time that the request waits for."""
    with tenant_scope(request.tenant):
        ProvisioningRequest.objects.filter(pk=request.pk).update(due_at=timezone.now())


def test_a_ticket_beyond_the_minutes_quota_waits_and_then_comes(
    owner_browser: Client, cast: Cast, google: EmulatorThread, settings: Settings
) -> None:
    settings.GOOGLE_USER_WRITES_A_MINUTE = 10
    connection = connected(owner_browser, cast.tenant, google, legacy="1")
    first, second = (new_request(owner_browser, connection) for _ in range(2))
    work()
    held = fresh(second.pk)
    assert fresh(first.pk).status == Status.AWAITING_TERMS
    assert (held.status, held.tries) == (Status.REQUESTING, 0)
    assert held.problem == "Google allows 10 writes a minute."
    assert held.due_at is not None
    assert held.due_at > timezone.now()
    page = owner_browser.get(held.get_absolute_url()).content.decode()
    assert "Google allows 10 writes a minute. This goes on at <time" in page
    assert "This goes on by itself" in page

    RateBucket.objects.update(filled_at=timezone.now() - timedelta(minutes=1))
    wake(held)
    work()
    assert fresh(second.pk).status == Status.AWAITING_TERMS
    with tenant_scope(cast.tenant):
        moves = StatusChange.objects.filter(request=second).values_list("new", flat=True)
        assert sorted(moves) == ["awaiting_terms", "queued", "requesting"]


def test_the_days_quota_of_v3_is_waited_for_until_midnight_pacific(
    owner_browser: Client, cast: Cast, google: EmulatorThread, settings: Settings
) -> None:
    settings.GOOGLE_PROVISIONING_V3, settings.GOOGLE_V3_WRITES_A_DAY = True, 1
    connection = connected(owner_browser, cast.tenant, google, legacy="1")
    made = [new_request(owner_browser, connection) for _ in range(2)]
    with tenant_scope(cast.tenant):
        ProvisioningRequest.objects.update(backend=Backend.V3)
    work()
    held = fresh(made[1].pk)
    assert held.due_at == day_ends(timezone.now())
    assert held.problem == "Google allows 1 writes a day."

    RateBucket.objects.filter(name__startswith="v3-day:").update(
        filled_at=day_began(timezone.now()) - timedelta(seconds=1)
    )
    wake(held)
    work()
    assert fresh(held.pk).status == Status.AWAITING_TERMS


def test_looking_for_the_account_waits_for_the_quota_of_calls_too(
    owner_browser: Client, cast: Cast, google: EmulatorThread, settings: Settings
) -> None:
    connection = connected(owner_browser, cast.tenant, google)
    request = new_request(owner_browser, connection)
    work()
    settings.GOOGLE_USER_CALLS_A_MINUTE = 10
    RateBucket.objects.filter(name__startswith="calls:").update(level=0.0)
    answer_terms(owner_browser, request, google)
    work()
    held = fresh(request.pk)
    assert (held.status, held.tries) == (Status.VERIFYING, 0)
    assert held.problem == "Google allows 10 calls a minute."

    settings.GOOGLE_USER_CALLS_A_MINUTE = 100_000
    wake(held)
    work()
    assert fresh(request.pk).status == Status.COMPLETED


def test_a_list_of_many_pages_is_paid_for_page_by_page(
    owner_browser: Client, cast: Cast, google: EmulatorThread
) -> None:
    connection = connected(owner_browser, cast.tenant, google)
    request = new_request(owner_browser, connection)
    work()
    with tenant_scope(cast.tenant):
        buckets = RateBucket.objects.filter(name__startswith="calls:").order_by("name")
        before = list(buckets.values_list("level", flat=True))
        assert len(before) == 2
        for listed, pages in ((0, 0), (200, 0), (201, 1), (650, 3)):
            charge_pages(fresh(request.pk), listed)
            after = list(buckets.values_list("level", flat=True))
            assert [was - now for was, now in zip(before, after, strict=True)] == [pages, pages]
            before = after


def test_a_page_that_google_refuses_holds_the_workers_back_too(
    owner_browser: Client, cast: Cast, google: EmulatorThread
) -> None:
    connection = connected(owner_browser, cast.tenant, google, legacy="1")
    script(google, "rate-limit-429", times=1, retry_after=120)
    address = reverse("request-existing", args=[cast.tenant.slug])
    page = owner_browser.get(address, {"connection": str(connection.pk)})
    assert "Try again in 120 seconds." in page.content.decode()
    made = new_request(owner_browser, connection)
    work()
    held = fresh(made.pk)
    assert (held.status, held.tries) == (Status.REQUESTING, 0)
    assert held.due_at is not None
    assert timedelta(seconds=110) < held.due_at - timezone.now() < timedelta(seconds=125)


def test_what_google_counted_more_than_the_portal_holds_the_others_back(
    owner_browser: Client, cast: Cast, google: EmulatorThread
) -> None:
    connection = connected(owner_browser, cast.tenant, google, legacy="1")
    script(google, "ticket-429", times=1, retry_after=120)
    refused = new_request(owner_browser, connection)
    work()
    assert fresh(refused.pk).status == Status.WAITING_RETRY
    other = new_request(owner_browser, connection)
    work()
    held = fresh(other.pk)
    assert held.status == Status.REQUESTING
    assert held.due_at is not None
    assert timedelta(seconds=110) < held.due_at - timezone.now() < timedelta(seconds=125)


def test_googles_day_ends_at_midnight_pacific_in_summer_and_in_winter() -> None:
    assert day_ends(datetime(2026, 7, 1, 12, tzinfo=UTC)) == datetime(2026, 7, 2, 7, tzinfo=UTC)
    assert day_ends(datetime(2026, 11, 21, 7, tzinfo=UTC)) == datetime(2026, 11, 21, 8, tzinfo=UTC)
    longest = datetime(2026, 11, 1, 12, tzinfo=UTC)
    assert day_ends(longest) - day_began(longest) == timedelta(hours=25)


@pytest.mark.django_db
def test_a_debt_flows_in_before_anything_is_taken() -> None:
    draw = Draw("b", 1, holds=2.0, rate=1.0)
    assert take_all([draw]) is None
    drain("b", 10.0, 1.0)
    drain("b", 2.0, 1.0)
    lacking = take_all([draw])
    assert lacking is not None
    assert timedelta(seconds=10.5) < lacking[1] - timezone.now() <= timedelta(seconds=11)


@pytest.mark.django_db
def test_what_cannot_be_taken_whole_is_not_taken_in_part() -> None:
    full, empty = Draw("full", 3, holds=5.0, rate=0.0), Draw("empty", 3, holds=2.0, rate=1.0)
    for draws in ([full, empty], [empty, full]):
        lacking = take_all(draws)
        assert lacking is not None
        assert lacking[0] == empty
    assert RateBucket.objects.get(name="full").level == 5.0
    assert take_all([full]) is None
    assert RateBucket.objects.get(name="full").level == 2.0


@pytest.mark.django_db(transaction=True)
def test_many_workers_never_take_more_than_the_day_holds() -> None:
    since = timezone.now() - timedelta(hours=1)
    until = since + timedelta(days=1)
    day = Draw("day", 1, holds=20, rate=None, since=since, until=until)
    flow = Draw("another flow", 1, holds=1000.0, rate=1.0)

    def take(number: int) -> bool:
        try:
            return take_all([day, flow] if number % 2 else [flow, day]) is None
        finally:
            database.close()

    with ThreadPoolExecutor(8) as pool:
        taken = sum(pool.map(take, range(60)))
    assert taken == 20
    assert RateBucket.objects.get(name="day").level == 0
    assert RateBucket.objects.get(name="another flow").level < 1000 - 20 + 10
    assert take_all([day]) == (day, until)
