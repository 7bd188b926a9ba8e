"""API keys that go along: for their own project, in a header, and never in the way of the work."""

from dataclasses import dataclass

import pytest
from django.db import connection as database
from django.test import Client
from django.urls import reverse
from django.utils.html import escape
from pytest_django import Settings

from accounts.audit.models.event import AuditEvent
from accounts.tenancy.scope import across_tenants
from provisioning.requests.states import Status
from tests.cast import Cast
from tests.emulator.thread import EmulatorThread
from tests.journeys import answer_terms, connected, fresh, new_request, work
from tests.test_credentials.conftest import ROBOT, Desk
from tests.test_credentials.consoles import client_file, own, upload_client
from tokens.api_keys.google import REFUSALS, SERVICE
from tokens.api_keys.models import ApiKey
from tokens.connections.models.connection import GoogleConnection
from tokens.exchanges.models import Exchange
from tokens.service_accounts.models.service_account import ServiceAccount

PROJECT = "acme-project"


@dataclass(frozen=True, slots=True)
class Office(Desk):
    """Acme's desk, its own OAuth client, and an account connected through it."""

    connection: GoogleConnection

    def keeps(self, *, project: str = PROJECT, said: str | None = None, name: str = "Quota") -> str:
        """Add a key of `project`, which Olive has `said` to be of that or of another."""
        value = str(self.console("api-keys", project=project)["value"])
        said = project if said is None else said
        page = self.post("credential-api-key-new", name=name, secret=value, project=said)
        assert f"Google accepts {name}" in page.content.decode()
        return value

    def card(self) -> str:
        answer = self.browser.get(reverse("credentials", args=[self.slug]))
        return " ".join(answer.content.decode().split())

    def reads(self, **query: str) -> None:
        """Have the portal list what exists; a page that shows the list is one call to Google."""
        address = reverse("request-existing", args=[self.slug])
        answer = self.browser.get(address, {"connection": str(self.connection.pk), **query})
        assert answer.status_code == 200
        assert "can see in" in answer.content.decode()

    def calls(self, value: str) -> int:
        """For how many calls Google has counted the key."""
        return self.google.state.api_keys[value].calls


@pytest.fixture
def office(owner_browser: Client, cast: Cast, google: EmulatorThread) -> Office:
    desk = Desk(owner_browser, cast.tenant.slug, google)
    upload_client(desk, client_file(desk))
    row = connected(owner_browser, cast.tenant, google)
    assert row.client.is_own
    return Office(owner_browser, cast.tenant.slug, google, row)


def only() -> ApiKey:
    with across_tenants():
        return ApiKey.objects.get()


def sent_with() -> dict[str, bool]:
    """Of every call to the Admin API: what it did, and whether a key went along."""
    with across_tenants():
        rows = Exchange.objects.filter(url__contains="/v1beta/")
        return {f"{row.method} {row.path}": "X-Goog-Api-Key" in row.request_headers for row in rows}


def test_what_is_read_through_a_client_of_the_same_project_counts_for_the_key(
    office: Office,
) -> None:
    value = office.keeps()
    office.reads()
    assert office.calls(value) == 1
    assert only().last_used_at is not None
    carriers = office.card().partition("Sent when reading through")[2].partition("Ends in")[0]
    assert own().name in carriers


def test_a_whole_account_is_made_and_only_what_reads_carries_the_key(office: Office) -> None:
    value = office.keeps()
    request = new_request(office.browser, office.connection)
    work()
    answer_terms(office.browser, fresh(request.pk), office.google)
    work()
    assert fresh(request.pk).status == Status.COMPLETED
    carried = sent_with()
    assert {call.partition(" ")[0] for call, with_key in carried.items() if with_key} == {"GET"}
    assert not any(with_key for call, with_key in carried.items() if call.startswith("POST"))
    assert office.calls(value) >= 4


def test_the_key_stands_in_no_address_and_no_record(office: Office) -> None:
    value = office.keeps()
    office.reads()
    assert all(value not in f"{one.path}{one.query}" for one in office.google.world.log.entries)
    with across_tenants():
        row = Exchange.objects.filter(url__contains="/v1beta/").latest("created_at")
        assert row.request_headers["X-Goog-Api-Key"] == f"[{len(value)} characters]"
        assert value not in repr(list(Exchange.objects.values()))
        assert value not in repr(list(AuditEvent.objects.values()))


def test_the_number_of_the_project_is_as_good_as_its_id(office: Office) -> None:
    number = own().client_id.partition("-")[0]
    value = office.keeps(said=number)
    office.reads()
    assert office.calls(value) == 1


def test_a_service_account_of_the_project_carries_it_too(office: Office) -> None:
    value = office.keeps()
    office.upload(office.key_files()[0])
    with across_tenants():
        robot = ServiceAccount.objects.get(email=ROBOT)
    address = reverse("request-existing", args=[office.slug])
    assert office.browser.get(address, {"connection": str(robot.pk)}).status_code == 200
    assert office.calls(value) == 1
    assert ROBOT in office.card().partition("Sent when reading through")[2].partition("Ends in")[0]


def test_a_key_of_another_project_is_set_aside_and_the_work_goes_on(office: Office) -> None:
    value = office.keeps(project="other-project", said=PROJECT)
    office.reads()
    assert office.calls(value) == 0
    assert only().of_another_project
    assert f"Google says that it is not of {PROJECT}" in office.card()
    with across_tenants():
        event = AuditEvent.objects.get(tag="tokens:api_key:set_aside")
    assert event.data == {"reason": "other_project"}
    before = len(office.google.world.log.entries)
    office.reads()
    assert len(office.google.world.log.entries) == before + 1


def test_its_right_project_is_named_and_nothing_of_another_carries_it(office: Office) -> None:
    office.keeps(project="other-project", said=PROJECT)
    office.reads()
    page = office.post("credential-api-key-project", only().pk, project="other-project")
    assert "Quota goes along with what is read in other-project" in page.content.decode()
    assert not only().of_another_project
    assert "Nothing of yours calls Google from other-project" in office.card()
    office.reads()
    assert not only().of_another_project


@pytest.mark.parametrize(
    "reason",
    ["API_KEY_SERVICE_BLOCKED", "API_KEY_HTTP_REFERRER_BLOCKED", "API_KEY_IP_ADDRESS_BLOCKED"],
)
def test_a_key_that_google_refuses_is_explained_and_the_work_goes_on(
    office: Office, reason: str
) -> None:
    value = office.keeps()
    office.console("api-keys", value=value, project=PROJECT, blocked=reason)
    office.reads()
    assert escape(REFUSALS[reason]) in office.card()
    assert "goes on without it" in office.card()
    office.console("api-keys", value=value, project=PROJECT)
    office.post("credential-api-key-check", only().pk)
    office.reads()
    assert office.calls(value) == 1


def test_a_key_deleted_in_the_middle_of_a_request_does_not_stop_it(office: Office) -> None:
    value = office.keeps()
    request = new_request(office.browser, office.connection)
    office.google.call(lambda world: world.state.api_keys.pop(value))
    work()
    answer_terms(office.browser, fresh(request.pk), office.google)
    work()
    assert fresh(request.pk).status == Status.COMPLETED
    assert escape(REFUSALS["API_KEY_INVALID"]) in office.card()


def test_a_key_that_does_not_open_is_set_aside(office: Office) -> None:
    office.keeps()
    with across_tenants(), database.cursor() as cursor:
        cursor.execute("UPDATE tokens_apikey SET secret = substr(secret, 1, 60) || 'AAAA'")
    office.reads()
    assert "does not open any more" in office.card()


def test_of_two_keys_of_a_project_the_newer_goes_along(office: Office) -> None:
    old, new = office.keeps(name="Old"), office.keeps(name="New")
    office.reads()
    assert (office.calls(old), office.calls(new)) == (0, 1)
    assert "New is newer and of the same project" in office.card()


def test_a_key_without_a_project_is_kept_and_not_sent(office: Office) -> None:
    value = office.keeps(said="")
    office.reads()
    assert office.calls(value) == 0
    assert "The portal does not know its project" in office.card()


def test_the_project_of_the_own_client_is_offered(office: Office) -> None:
    page = office.browser.get(reverse("credential-api-key-new", args=[office.slug]))
    assert f'value="{PROJECT}"' in page.content.decode()


def test_what_is_no_project_is_refused(office: Office) -> None:
    value = office.console("api-keys")["value"]
    page = office.post("credential-api-key-new", name="Q", secret=value, project="My Project!")
    assert escape("This is no project's id or number") in page.content.decode()
    assert value not in page.content.decode()
    with across_tenants():
        assert not ApiKey.objects.exists()


def test_what_goes_through_the_portal_s_client_never_carries_a_tenant_s_key(
    owner_browser: Client, cast: Cast, google: EmulatorThread
) -> None:
    row = connected(owner_browser, cast.tenant, google)
    assert not row.client.is_own
    office = Office(owner_browser, cast.tenant.slug, google, row)
    value = office.keeps(project="portal-project")
    office.reads()
    assert office.calls(value) == 0
    assert not only().of_another_project


def test_universal_analytics_is_read_with_the_key_and_without_one_that_is_refused(
    office: Office, settings: Settings
) -> None:
    settings.GOOGLE_PROVISIONING_V3 = True
    value = office.keeps()
    office.reads(backend="v3")
    assert office.calls(value) > 0
    office.console("api-keys", value=value, project="other-project")
    office.reads(backend="v3")
    assert only().of_another_project


def test_a_key_for_the_admin_api_alone_stays_when_universal_analytics_is_read(
    office: Office, settings: Settings
) -> None:
    settings.GOOGLE_PROVISIONING_V3 = True
    value = office.keeps()
    office.console("api-keys", value=value, project=PROJECT, services=[SERVICE])
    office.reads(backend="v3")
    assert office.calls(value) == 0
    office.reads()
    assert office.calls(value) > 0
    assert (only().problem, only().of_another_project) == ("", False)
