"""The main job: from a details form to a verified account with its tag."""

from django.test import Client

from accounts.tenancy.scope import tenant_scope
from provisioning.requests.models.status_change import StatusChange
from provisioning.requests.states import Status
from tests.cast import Cast
from tests.emulator.thread import EmulatorThread
from tests.journeys import answer_terms, connected, fresh, new_request, work


def test_a_request_becomes_a_verified_account_with_property_stream_and_tag(
    owner_browser: Client, cast: Cast, google: EmulatorThread
) -> None:
    connection = connected(owner_browser, cast.tenant, google)
    request = new_request(owner_browser, connection)
    work()
    assert fresh(request.pk).status == Status.AWAITING_TERMS

    answer = answer_terms(owner_browser, request, google)
    assert answer.status_code == 303
    assert answer["Location"] == request.get_absolute_url()
    work()

    done = fresh(request.pk)
    assert done.status == Status.COMPLETED
    account = done.account
    assert account.account_name == "Bluebird Bakery"
    assert account.measurement_id.startswith("G-")
    known = set(google.state.accounts)
    assert account.account_id in known

    page = owner_browser.get(request.get_absolute_url()).content.decode()
    assert account.account_id in page
    assert account.measurement_id in page
    with tenant_scope(cast.tenant):
        states = list(StatusChange.objects.order_by("created_at").values_list("new", flat=True))
    assert states == [
        "queued",
        "requesting",
        "awaiting_terms",
        "verifying",
        "configuring",
        "completed",
    ]
