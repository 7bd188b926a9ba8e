"""Wherever a connection is begun: a new one asks which client, an old one keeps its own."""

import uuid

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from accounts.audit.recording import by_worker
from accounts.tenancy.scope import tenant_scope
from provisioning.requests.models.defaults import Flow, ProvisioningDefaults
from provisioning.requests.models.request import ProvisioningRequest
from provisioning.requests.states import Status
from tests.cast import Cast, signed_in
from tests.emulator.person import Person
from tests.journeys import AGENCY, connected, path_of, submit_details
from tests.rows import request_row
from tests.test_credentials.conftest import Desk
from tests.test_credentials.consoles import client_file, only, own, upload_client
from tokens.clients.services.clients import portal_client
from tokens.connections.services.reconnect_links import make_link

ASKS = '<select id="client"'


@pytest.fixture
def brought(desk: Desk) -> Desk:
    """Acme has brought a client of its own, so there is a choice."""
    upload_client(desk, client_file(desk))
    return desk


def portals() -> str:
    return str(portal_client().pk)


def page(desk: Desk, name: str, *args: object) -> str:
    return str(desk.browser.get(reverse(name, args=[desk.slug, *args])).content.decode())


def leaves(desk: Desk, name: str, *args: object, **data: str) -> str:
    answer = desk.browser.post(reverse(name, args=[desk.slug, *args]), data)
    assert answer.status_code == 303, answer.content
    return str(answer["Location"])


def account_first(cast: Cast) -> None:
    with tenant_scope(cast.tenant):
        ProvisioningDefaults.objects.update_or_create(
            tenant=cast.tenant, defaults={"flow": Flow.AFTER}
        )


def test_a_request_that_begins_with_its_google_account_asks(brought: Desk, cast: Cast) -> None:
    account_first(cast)
    assert ASKS in page(brought, "request-new")
    begun = {"connection": "new", "submission": str(uuid.uuid4())}
    assert settings.GOOGLE_CLIENT_ID in leaves(brought, "request-start", **begun, client=portals())
    begun["submission"] = str(uuid.uuid4())
    assert own().client_id in leaves(brought, "request-start", **begun, client=str(own().pk))


def test_a_request_that_waits_for_its_google_account_asks(brought: Desk, cast: Cast) -> None:
    submit_details(brought.browser, cast.tenant, connection="new")
    with tenant_scope(cast.tenant):
        row = ProvisioningRequest.objects.get()
    assert row.status == Status.AUTHORIZING
    assert ASKS in page(brought, "request", row.pk)
    url = leaves(brought, "request-connect", row.pk, client=portals())
    assert settings.GOOGLE_CLIENT_ID in url
    brought.browser.get(path_of(Person(brought.google.base_url, AGENCY).consent(url)))
    assert only(cast).client == portal_client()


def test_a_full_google_account_is_exchanged_with_a_choice(brought: Desk, cast: Cast) -> None:
    connection = connected(brought.browser, cast.tenant, brought.google)
    row = request_row(connection, Status.LIMIT_REACHED)
    assert ASKS in page(brought, "request", row.pk)


def test_using_an_existing_account_asks(brought: Desk) -> None:
    assert ASKS in page(brought, "request-existing")


@pytest.mark.parametrize("name", ["connections", "request-existing", "request-new"])
def test_without_a_client_of_their_own_nobody_is_asked(desk: Desk, cast: Cast, name: str) -> None:
    account_first(cast)
    assert ASKS not in page(desk, name)


def test_a_request_whose_account_is_repaired_keeps_its_client(brought: Desk, cast: Cast) -> None:
    connection = connected(brought.browser, cast.tenant, brought.google)
    row = request_row(connection, Status.NEEDS_RECONNECT, failure="missing_permission")
    assert ASKS not in page(brought, "request", row.pk)
    assert own().client_id in leaves(brought, "request-connect", row.pk, client=portals())


def test_a_reconnect_link_leads_through_the_connection_s_own_client(
    brought: Desk, cast: Cast
) -> None:
    connection = connected(brought.browser, cast.tenant, brought.google)
    with tenant_scope(cast.tenant):
        made = make_link(connection, by_worker())
    guest = Client()
    assert ASKS not in guest.get(path_of(made.address)).content.decode()
    url = guest.post(path_of(made.address), {"client": portals()})["Location"]
    assert own().client_id in url
    guest.get(path_of(Person(brought.google.base_url, AGENCY).consent(url)))
    assert only(cast).client == own()


def test_another_tenant_s_client_cannot_be_chosen(brought: Desk, cast: Cast) -> None:
    outsider = signed_in(cast.outsider)
    data = {"connection": "new", "submission": str(uuid.uuid4()), "client": str(own().pk)}
    address = reverse("request-start", args=[cast.elsewhere.slug])
    assert outsider.post(address, data).status_code == 404
    with tenant_scope(cast.elsewhere):
        assert not ProvisioningRequest.objects.exists()
