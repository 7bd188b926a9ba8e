"""What answers say is believed within bounds, and costs nobody but whom it is about."""

import math
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.tenancy.scope import tenant_scope
from provisioning.analytics.google.errors import api_error
from provisioning.requests.models.request import ProvisioningRequest
from provisioning.requests.services.runner import run
from provisioning.requests.states import Status
from tests.cast import Cast, signed_in
from tests.emulator.thread import EmulatorThread
from tests.journeys import AGENCY, SHOP, connected, fresh, new_request, work
from tests.scripting import script
from tokens.connections.models.connection import GoogleConnection
from tokens.connections.services.refresh.worker import refresh_due
from tokens.google import plausible
from tokens.google.errors import ErrorKind, token_trouble
from tokens.rate_limits.models import RateBucket
from tokens.rate_limits.services import Draw, take_all

DAY = timedelta(days=1)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(), inner, max_size=2),
    max_leaves=3,
)
ODD: list[Any] = [
    *(None, 3599.0, "3599", "soon", True, 0, -1, 10**15, 1e300, "9" * 400, math.inf, [], {}),
]


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(value=ANYTHING)
def test_no_number_of_others_raises_or_is_out_of_all_reason(value: Any) -> None:
    assert 1 <= plausible.lifetime(value) <= 86_400
    ends = plausible.grant_lifetime(value)
    assert ends is None or 0 <= ends <= 10 * plausible.YEAR
    header = value if isinstance(value, str) else str(value)
    wait = plausible.retry_after_seconds(header)
    assert wait is None or 0 < wait <= 86_400
    timezone.now() + timedelta(seconds=wait or ends or 0)


@pytest.mark.parametrize(
    ("said", "believed"),
    [
        *(("120", 120.0), ("0", None), ("-5", None), ("", None), ("²", None), ("nan", None)),
        *(("31536000", 86_400.0), ("999999999999", 86_400.0), ("9" * 400, 86_400.0)),
        *(("Mon, 01 Jan 0001 00:00:00 +2300", None), ("Fri, 31 Dec 9999 23:59:59 -0000", 86_400.0)),
        ("Fri, 99 Dec 2026", None),
    ],
)
def test_retry_after_in_any_form(said: str, believed: float | None) -> None:
    assert plausible.retry_after_seconds(said) == believed


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(error=ANYTHING, header=st.text())
def test_no_error_body_raises(error: Any, header: str) -> None:
    said = {"errors": error, "details": error, "message": error, "status": error}
    bodies = (error, {"error": error}, {"error": said}, {"error": {"details": [said]}})
    for body in bodies:
        content = str(body).encode("utf-8", "replace")
        found = api_error(429, content, {"retry-after": header})
        assert found.kind is ErrorKind.RATE_LIMITED
    for body in (said, {"error": error, "error_description": error, "error_subtype": error}):
        trouble = token_trouble(429, body, None)
        f"{trouble.code}{trouble.message}".encode()
        assert "\0" not in f"{trouble.code}{trouble.message}"


@pytest.mark.parametrize("lifetime", ODD, ids=repr)
def test_a_lifetime_that_makes_no_sense_is_the_usual_one_and_not_asked_again_at_once(
    owner_browser: Client, cast: Cast, google: EmulatorThread, lifetime: Any
) -> None:
    script(google, "odd-token-answer", expires_in=lifetime, refresh_token_expires_in=lifetime)
    connection = connected(owner_browser, cast.tenant, google)
    fresh_and_due(cast, connection)
    assert refresh_due() == 1
    assert refresh_due() == 0
    with tenant_scope(cast.tenant):
        row = GoogleConnection.objects.get(pk=connection.pk)
    now = timezone.now()
    assert row.refresh_due_at is not None
    assert row.refresh_due_at > now + timedelta(seconds=50)
    assert row.access_expires_at is not None
    assert now + timedelta(minutes=30) < row.access_expires_at <= now + DAY


@pytest.mark.parametrize(
    ("scenario", "params"),
    [
        ("token-429", {"retry_after": 999999999999}),
        ("token-429", {"retry_after": "9" * 400}),
        ("odd-token-answer", {"access_token": "ya29.\ud800"}),
        ("odd-token-answer", {"access_token": "ya29.\0"}),
        ("odd-token-answer", {"access_token": "ya29." + "x" * 100_000}),
        ("odd-token-answer", {"refresh_token": "1//\ud800\0", "scope": "\0 \ud800"}),
        ("odd-token-answer", {"expires_in": 10**15}),
        ("odd-body", {"path": "/token", "body": [[]]}),
        ("odd-body", {"path": "/token", "body": {"error": "x\0\ud800"}, "status": 400}),
    ],
)
def test_a_bad_answer_costs_its_own_row(
    owner_browser: Client, cast: Cast, google: EmulatorThread, scenario: str, params: dict[str, Any]
) -> None:
    spoiled = connected(owner_browser, cast.tenant, google, SHOP)
    healthy = connected(owner_browser, cast.tenant, google, AGENCY)
    script(google, scenario, user=SHOP, **params)
    for connection in (spoiled, healthy):
        fresh_and_due(cast, connection)
    before = timezone.now()
    assert refresh_due() == 2
    with tenant_scope(cast.tenant):
        good = GoogleConnection.objects.get(pk=healthy.pk)
        bad = GoogleConnection.objects.get(pk=spoiled.pk)
    assert good.refreshed_at is not None
    assert good.refreshed_at >= before
    for row in (good, bad):
        assert row.leased_until is None
        assert row.status == "active"
        assert row.refresh_due_at is not None
        assert before < row.refresh_due_at <= timezone.now() + DAY


def test_a_limit_of_one_google_account_is_nobody_elses(
    cast: Cast, google: EmulatorThread, own_limit: str
) -> None:
    mine, theirs = two_organisations(cast, google)
    script(google, "rate-limit-429", user=AGENCY, times=1, retry_after=3600, quota_limit=own_limit)
    work_once(mine)
    work()
    assert fresh(theirs.pk).status == Status.AWAITING_TERMS
    assert timedelta(minutes=58) < waits(mine) < timedelta(minutes=62)


@pytest.mark.parametrize("asked", [3600, 31_536_000, 999_999_999_999])
def test_a_limit_of_the_project_holds_everybody_for_minutes(
    cast: Cast, google: EmulatorThread, asked: int
) -> None:
    mine, theirs = two_organisations(cast, google)
    limit = "RequestsPerMinutePerProject"
    script(google, "rate-limit-429", user=AGENCY, times=1, retry_after=asked, quota_limit=limit)
    work_once(mine)
    work()
    assert timedelta(minutes=4) < waits(theirs) < timedelta(minutes=6)
    assert waits(mine) <= DAY + timedelta(minutes=1)


def test_a_limit_without_a_name_is_the_projects_once_a_second_account_meets_it(
    cast: Cast, google: EmulatorThread
) -> None:
    mine, theirs = two_organisations(cast, google)
    script(google, "rate-limit-429", retry_after=120, quota_limit="")
    work_once(mine)
    project = RateBucket.objects.filter(name="calls:portal.apps.googleusercontent.com")
    assert project.get().level >= 0
    work_once(theirs)
    assert project.get().level < 0


@pytest.mark.django_db
def test_a_debt_of_years_from_before_ends_within_a_day() -> None:
    RateBucket.objects.create(name="old", level=-1e12)
    lacking = take_all([Draw("old", 1, holds=2.0, rate=1.0)])
    assert lacking is not None
    assert lacking[1] <= timezone.now() + DAY + timedelta(seconds=2)
    RateBucket.objects.update(filled_at=timezone.now() - DAY - timedelta(seconds=5))
    assert take_all([Draw("old", 1, holds=2.0, rate=1.0)]) is None


@pytest.fixture(params=["RequestsPerMinutePerProjectPerUser", ""], ids=["named", "unnamed"])
def own_limit(request: pytest.FixtureRequest) -> str:
    """What Google calls the quota of one account, or that it calls it nothing."""
    return str(request.param)


def fresh_and_due(cast: Cast, connection: GoogleConnection) -> None:
    """Work lies ahead, and a refresh is due."""
    with tenant_scope(cast.tenant):
        GoogleConnection.objects.filter(pk=connection.pk).update(
            fresh_until=timezone.now() + DAY, refresh_due_at=timezone.now(), error_at=None
        )


def two_organisations(
    cast: Cast, google: EmulatorThread
) -> tuple[ProvisioningRequest, ProvisioningRequest]:
    """A queued request each of two organisations, through a Google account each."""
    mine, theirs = signed_in(cast.owner), signed_in(cast.outsider)
    one = connected(mine, cast.tenant, google, AGENCY)
    other = connected(theirs, cast.elsewhere, google, SHOP)
    return new_request(mine, one), new_request(theirs, other)


def work_once(request: ProvisioningRequest) -> None:
    """Go on with this request alone."""
    with tenant_scope(request.tenant):
        run(request.pk)


def waits(request: ProvisioningRequest) -> timedelta:
    """For how long nothing is done about a request."""
    due = fresh(request.pk).due_at
    assert due is not None
    return due - timezone.now()
