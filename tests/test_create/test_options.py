"""Options of a request: how long events are kept, and access for a colleague."""

import pytest
from django.test import Client

from accounts.audit.models.event import AuditEvent
from accounts.tenancy.scope import tenant_scope
from provisioning.requests.models.account import SetupStep
from provisioning.requests.models.request import ProvisioningRequest
from provisioning.requests.states import Status
from tests.cast import Cast
from tests.emulator.person import Person
from tests.emulator.state import Account, Property
from tests.emulator.thread import EmulatorThread
from tests.journeys import AGENCY, answer_terms, connected, fresh, later, new_request, path_of, work
from tests.scripting import script, stop_scripting

COLLEAGUE = "colleague@shop.example"
OPTIONS = {
    "event_retention": "FOURTEEN_MONTHS",
    "access_email": COLLEAGUE,
    "access_role": "analyst",
}


@pytest.fixture
def completed(owner_browser: Client, cast: Cast, google: EmulatorThread) -> ProvisioningRequest:
    """A request with options, completed; the portal may not manage users."""
    connection = connected(owner_browser, cast.tenant, google)
    request = new_request(owner_browser, connection, **OPTIONS)
    work()
    answer_terms(owner_browser, request, google)
    work()
    return fresh(request.pk)


def made(google: EmulatorThread) -> tuple[Account, Property]:
    """The one account and its one property."""
    (account,) = google.state.accounts.values()
    (prop,) = google.state.properties.values()
    return account, prop


def steps_of(request: ProvisioningRequest) -> dict[str, str]:
    with tenant_scope(request.tenant):
        return dict(SetupStep.objects.filter(request=request).values_list("kind", "status"))


def grant(browser: Client, request: ProvisioningRequest, google: EmulatorThread) -> None:
    """Press "Connect again to grant" and consent to everything."""
    consent_page = browser.post(f"{request.get_absolute_url()}connect/")["Location"]
    browser.get(path_of(Person(google.base_url, AGENCY).consent(consent_page)))


def test_what_google_did_not_permit_is_left_out_and_everything_else_is_done(
    completed: ProvisioningRequest, owner_browser: Client, google: EmulatorThread
) -> None:
    account, prop = made(google)
    assert completed.status == Status.COMPLETED
    assert prop.retention == {"eventDataRetention": "FOURTEEN_MONTHS"}
    assert account.bindings == []
    assert steps_of(completed)["access"] == "left_out"
    assert completed.connection is not None
    assert completed.connection.is_usable
    page = owner_browser.get(completed.get_absolute_url()).content.decode()
    assert "did not grant the permission to manage who may use its accounts" in page
    assert "Connect again to grant" in page
    with tenant_scope(completed.tenant):
        assert AuditEvent.objects.filter(tag="provisioning:option:left_out").count() == 1


def test_once_it_is_granted_the_option_is_tried_again_alone(
    completed: ProvisioningRequest, owner_browser: Client, google: EmulatorThread
) -> None:
    grant(owner_browser, completed, google)
    owner_browser.post(f"{completed.get_absolute_url()}finish/", {"step": "access"})
    work()
    done = fresh(completed.pk)
    account, _ = made(google)
    assert done.status == Status.COMPLETED
    assert set(steps_of(done).values()) == {"done"}
    assert [(one["user"], one["roles"]) for one in account.bindings] == [
        (COLLEAGUE, ["predefinedRoles/analyst"])
    ]
    assert len(google.state.streams) == 1
    assert "Not everything" not in owner_browser.get(done.get_absolute_url()).content.decode()


def test_access_whose_answer_was_lost_is_looked_for_before_it_is_given_again(
    completed: ProvisioningRequest, owner_browser: Client, google: EmulatorThread
) -> None:
    grant(owner_browser, completed, google)
    script(google, "write-applied-then-timeout", times=1, seconds=6)
    owner_browser.post(f"{completed.get_absolute_url()}finish/", {"step": "access"})
    work()
    assert fresh(completed.pk).status == Status.CONFIGURING
    stop_scripting(google)
    with later():
        work()
    assert fresh(completed.pk).status == Status.COMPLETED
    assert len(made(google)[0].bindings) == 1


def test_without_options_none_are_planned_and_the_end_is_the_end(
    owner_browser: Client, cast: Cast, google: EmulatorThread
) -> None:
    request = new_request(owner_browser, connected(owner_browser, cast.tenant, google))
    work()
    answer_terms(owner_browser, request, google)
    work()
    assert steps_of(fresh(request.pk)) == {"property": "done", "web_stream": "done"}
    for button in ("again", "finish"):
        answer = owner_browser.post(f"{request.get_absolute_url()}{button}/", follow=True)
        assert "moved on meanwhile" in answer.content.decode()
    assert fresh(request.pk).status == Status.COMPLETED


def test_a_wrong_address_is_named_with_the_options_open(owner_browser: Client, cast: Cast) -> None:
    answer = owner_browser.post(
        f"/t/{cast.tenant.slug}/requests/new/", {"access_email": "nobody", "access_role": "admin"}
    )
    page = " ".join(answer.content.decode().split())
    assert answer.status_code == 422
    assert "An e-mail address looks like" in page
    assert 'id="options" open' in page
