"""A return from the terms page is a claim: whatever is forged changes nothing."""

import pytest
from django.core import serializers
from django.db.models import Model
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.audit.models.event import AuditEvent
from accounts.tenancy.scope import across_tenants
from provisioning.requests.models.request import ProvisioningRequest
from provisioning.requests.states import Status
from tests.cast import Cast, signed_in
from tests.emulator.thread import EmulatorThread
from tests.journeys import (
    SHOP,
    account_in,
    answer_terms,
    answered,
    connected,
    fresh,
    leave_for_terms,
    new_request,
    work,
)
from tokens.connections.models.connection import GoogleConnection


@pytest.fixture
def at_terms(owner_browser: Client, waiting: ProvisioningRequest) -> ProvisioningRequest:
    """A request whose person has left for the terms just now."""
    leave_for_terms(owner_browser, waiting)
    return fresh(waiting.pk)


def ticket_id(request: ProvisioningRequest) -> str:
    with across_tenants():
        return request.tickets.get().ticket_id


def everything() -> str:
    """All rows that a return could touch, but the audit of what was refused."""
    with across_tenants():
        models: set[type[Model]] = {ProvisioningRequest, GoogleConnection}
        models |= {rel.related_model for rel in ProvisioningRequest._meta.related_objects}
        models.discard(AuditEvent)
        rows = [row for m in sorted(models, key=str) for row in m._base_manager.order_by("pk")]
        return str(serializers.serialize("json", rows))


def test_an_account_id_that_google_does_not_list_never_becomes_a_fact(
    owner_browser: Client, google: EmulatorThread, at_terms: ProvisioningRequest
) -> None:
    owner_browser.get(f"/google/terms/?accountTicketId={ticket_id(at_terms)}&accountId=987654")
    work()
    after = fresh(at_terms.pk)
    assert after.status == Status.VERIFYING
    assert after.provisioned is None
    assert "987654" not in owner_browser.get(at_terms.get_absolute_url()).content.decode()


def test_an_existing_account_of_the_same_person_cannot_be_passed_off_as_new(
    owner_browser: Client, cast: Cast, google: EmulatorThread
) -> None:
    connection = connected(owner_browser, cast.tenant, google)
    first = new_request(owner_browser, connection)
    work()
    answer_terms(owner_browser, first, google)
    work()
    taken = fresh(first.pk).account.account_id
    second = new_request(owner_browser, connection)
    work()
    leave_for_terms(owner_browser, second)
    owner_browser.get(f"/google/terms/?accountTicketId={ticket_id(second)}&accountId={taken}")
    work()
    assert fresh(second.pk).provisioned is None


@pytest.mark.parametrize("who", ["teammate", "outsider", "nobody"])
def test_a_return_in_another_browser_changes_nothing(
    google: EmulatorThread, cast: Cast, at_terms: ProvisioningRequest, who: str
) -> None:
    browser = Client() if who == "nobody" else signed_in(getattr(cast, who))
    browser.get(f"/google/terms/?accountTicketId={ticket_id(at_terms)}&error=user_cancel")
    after = fresh(at_terms.pk)
    assert after.status == Status.AWAITING_TERMS
    assert after.fencing_token == at_terms.fencing_token


def test_a_ticket_of_others_and_a_ticket_of_nobody_get_the_same_answer(
    google: EmulatorThread, cast: Cast, at_terms: ProvisioningRequest
) -> None:
    browser = signed_in(cast.outsider)
    real = browser.get(f"/google/terms/?accountTicketId={ticket_id(at_terms)}&accountId=1")
    unreal = browser.get("/google/terms/?accountTicketId=emu-ticket-of-nobody&accountId=1")
    assert real.status_code == unreal.status_code == 400
    assert without_ids(real.content) == without_ids(unreal.content)


def without_ids(page: bytes) -> list[bytes]:
    """A page without what differs between any two: reference ids, nonces and form tokens."""
    marks = (b"eference", b"nonce", b"csrfmiddlewaretoken")
    return [line for line in page.splitlines() if not any(mark in line for mark in marks)]


def test_another_google_account_that_accepts_is_not_believed(
    owner_browser: Client, cast: Cast, google: EmulatorThread, at_terms: ProvisioningRequest
) -> None:
    elsewhere = signed_in(cast.outsider)
    theirs = new_request(elsewhere, connected(elsewhere, cast.elsewhere, google, SHOP))
    work()
    account = account_in(answered(elsewhere, theirs, google, email=SHOP))
    owner_browser.get(f"/google/terms/?accountTicketId={ticket_id(at_terms)}&accountId={account}")
    work()
    assert fresh(at_terms.pk).provisioned is None


HOSTILE = st.dictionaries(
    st.sampled_from(
        ["accountId", "error", "accountTicketId", "webPropertyId", "profileId", "state", "x"]
    ),
    st.one_of(
        st.text(max_size=40),
        st.sampled_from(["user_cancel", "accepted", "1", "\u0661\u0662", "\x00", "1" * 5000]),
    ),
    max_size=5,
)


@pytest.mark.slow
@pytest.mark.sqlite(only=True)
@settings(
    max_examples=300,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(query=HOSTILE)
def test_a_hostile_return_changes_no_row(
    owner_browser: Client, at_terms: ProvisioningRequest, query: dict[str, str]
) -> None:
    before = everything()
    answer = owner_browser.get("/google/terms/", query)
    assert answer.status_code == 400
    assert everything() == before
