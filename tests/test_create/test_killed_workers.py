"""A worker dies by kill -9 between any two steps of *Create*: the next one completes it, once."""

from collections.abc import Iterator

import pytest
from django.utils import timezone
from pytest_django import Settings

from accounts.audit.models.event import AuditEvent
from accounts.tenancy.scope import across_tenants
from provisioning.analytics.backends import Backend
from provisioning.requests.models.account import ProvisionedAccount
from provisioning.requests.models.request import ProvisioningRequest
from provisioning.requests.models.status_change import StatusChange
from provisioning.requests.states import Status, may_change
from tests.cast import make_cast, signed_in
from tests.emulator.thread import EmulatorThread
from tests.journeys import answer_terms, connected, fresh, new_request
from tests.workers import Workers

pytestmark = [
    pytest.mark.slow,
    pytest.mark.sqlite,
    pytest.mark.record_is_lost("whoever is killed after a call writes nothing down"),
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(600),
]
HELD_BY_A_LEASE = (
    Status.QUEUED,
    Status.REQUESTING,
    Status.VERIFYING,
    Status.CONFIGURING,
)


@pytest.fixture
def workers(google: EmulatorThread) -> Iterator[Workers]:
    google.state.limits.account_limit = 1000
    google.state.limits.v3_writes_day, google.state.limits.v3_calls_second = 1000, 1000
    workers = Workers(
        "tests.test_create.killable",
        google,
        GOOGLE_PROVISIONING_V3="true",
        GOOGLE_V3_WRITES_A_DAY="1000",
        GOOGLE_V3_USER_CALLS_A_SECOND="1000",
    )
    yield workers
    workers.stop()


def leases_end() -> None:
    """A dead worker's requests come back when their lease ends; here it ends now."""
    ProvisioningRequest._base_manager.filter(
        due_at__isnull=False, status__in=HELD_BY_A_LEASE
    ).update(due_at=timezone.now())


@pytest.mark.parametrize(("backend", "fewest"), [(Backend.GA4, 30), (Backend.V3, 20)])
def test_exactly_one_of_everything_whatever_step_a_worker_dies_at(
    google: EmulatorThread, workers: Workers, settings: Settings, backend: Backend, fewest: int
) -> None:
    settings.GOOGLE_PROVISIONING_V3 = True
    cast = make_cast()
    browser = signed_in(cast.owner)
    through = connected(browser, cast.tenant, google, legacy="1")
    step, deaths = 0, 1
    while deaths:
        step, deaths = step + 1, 0
        request = new_request(browser, through, account_name=f"Bakery {step}", backend=backend)
        deaths += workers.die(step)
        leases_end()
        workers.finish()
        assert fresh(request.pk).status == Status.AWAITING_TERMS, step
        answer_terms(browser, request, google)
        deaths += workers.die(step)
        leases_end()
        workers.finish()
        assert fresh(request.pk).status == Status.COMPLETED, step
        one_of_everything(request, google)
    # A quiet run has this many steps in its longer half; each of them was died at.
    assert step > fewest


def one_of_everything(request: ProvisioningRequest, google: EmulatorThread) -> None:
    """At Google, in the portal and in its records."""
    state, name = google.state, fresh(request.pk).account_name
    accounts = [one.id for one in state.accounts.values() if one.display_name == name]
    properties = [one.id for one in state.properties.values() if one.account_id in accounts]
    properties += [one.id for one in state.legacy_properties.values() if one.account_id in accounts]
    streams = [one.id for one in state.streams.values() if one.property_id in properties]
    streams += [one.id for one in state.legacy_views.values() if one.property_id in properties]
    assert (len(accounts), len(properties), len(streams)) == (1, 1, 1)
    with across_tenants():
        made = ProvisionedAccount.objects.get(request=request)
        assert [made.account_id, made.property_id] == [*accounts, *properties]
        assert made.stream_id == streams[0]
        moves = list(StatusChange.objects.filter(request=request).order_by("created_at", "pk"))
        recorded = AuditEvent.objects.filter(
            target_id=str(request.pk),
            tag__in=("provisioning:request:moved", "provisioning:request:created"),
        ).count()
    assert all(may_change(Status(one.old), Status(one.new)) for one in moves if one.old)
    assert [one.new for one in moves].count("completed") == 1
    assert len(moves) == recorded
