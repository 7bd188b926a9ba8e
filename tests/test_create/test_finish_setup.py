"""An account that exists with only half of what belongs to it is shown as that, and finished."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.audit.models.event import AuditEvent
from accounts.tenancy.scope import tenant_scope
from provisioning.requests.models.account import SetupStep
from provisioning.requests.models.request import ProvisioningRequest
from provisioning.requests.states import Status
from tests.cast import Cast
from tests.emulator.thread import EmulatorThread
from tests.journeys import answer_terms, connected, fresh, given_up, new_request, work
from tests.scripting import script, stop_scripting


@pytest.fixture
def accepted(
    owner_browser: Client, waiting: ProvisioningRequest, google: EmulatorThread
) -> ProvisioningRequest:
    """A request whose terms are accepted; nothing was verified or set up yet."""
    answer_terms(owner_browser, waiting, google)
    return fresh(waiting.pk)


def page_of(browser: Client, request: ProvisioningRequest) -> str:
    return browser.get(request.get_absolute_url()).content.decode()


@pytest.mark.parametrize(
    ("scenario", "missing"),
    [
        ("property-503", "its property and web stream are missing"),
        ("stream-503", "its web stream is missing"),
    ],
)
def test_a_half_configured_account_is_shown_as_that_and_can_be_finished(
    accepted: ProvisioningRequest,
    owner_browser: Client,
    google: EmulatorThread,
    scenario: str,
    missing: str,
) -> None:
    given_up(accepted, google, scenario)
    page = page_of(owner_browser, accepted)
    assert f"The account exists; {missing}" in page
    assert "Finish set-up" in page
    assert "Try again from here" not in page
    assert "Set-up unfinished" in page
    home = owner_browser.get(f"/t/{accepted.tenant.slug}/").content.decode()
    assert "Finish set-up" in home

    owner_browser.post(f"{accepted.get_absolute_url()}finish/")
    work()
    assert fresh(accepted.pk).status == Status.COMPLETED
    assert (len(google.state.properties), len(google.state.streams)) == (1, 1)
    with tenant_scope(accepted.tenant):
        assert set(SetupStep.objects.values_list("status", flat=True)) == {"done"}
        assert AuditEvent.objects.filter(
            tag="provisioning:request:moved", data__reason="The set-up is to be finished"
        ).exists()


def test_a_set_up_that_waits_can_be_finished_now(
    accepted: ProvisioningRequest, owner_browser: Client, google: EmulatorThread
) -> None:
    script(google, "stream-503")
    work()
    stop_scripting(google)
    ProvisioningRequest._base_manager.update(due_at=timezone.now() + timedelta(minutes=20))
    assert "The account exists; its web stream is missing" in page_of(owner_browser, accepted)

    owner_browser.post(f"{accepted.get_absolute_url()}finish/")
    work()
    assert fresh(accepted.pk).status == Status.COMPLETED
    assert len(google.state.streams) == 1
    with tenant_scope(accepted.tenant):
        assert AuditEvent.objects.filter(tag="provisioning:setup:hastened").count() == 1


def test_what_a_worker_is_busy_with_is_left_to_it(
    accepted: ProvisioningRequest, owner_browser: Client, google: EmulatorThread
) -> None:
    script(google, "stream-503")
    work()
    busy = fresh(accepted.pk)
    assert busy.status == Status.CONFIGURING
    answer = owner_browser.post(f"{accepted.get_absolute_url()}finish/", follow=True)
    assert "moved on meanwhile" in answer.content.decode()
    assert fresh(accepted.pk).fencing_token == busy.fencing_token
    assert fresh(accepted.pk).due_at == busy.due_at


def test_nothing_is_finished_where_no_account_is(
    owner_browser: Client, cast: Cast, google: EmulatorThread
) -> None:
    request = new_request(owner_browser, connected(owner_browser, cast.tenant, google))
    script(google, "service-disabled")
    work()
    owner_browser.post(f"{request.get_absolute_url()}finish/")
    assert fresh(request.pk).status == Status.FAILED
    assert "The account exists" not in page_of(owner_browser, request)
