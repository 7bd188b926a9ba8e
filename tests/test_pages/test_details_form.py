"""The details form: what it takes, what it refuses by name, what it never does twice."""

import uuid

import pytest
from django.test import Client

from accounts.tenancy import tenant_scope
from provisioning.models import ProvisioningRequest
from provisioning.states import Status
from provisioning.websites import BadWebsite, normalised
from tests.cast import Cast
from tests.emulator.person import Person
from tests.emulator.thread import EmulatorThread
from tests.journeys import AGENCY, fresh, path_of, submit_details, work
from tests.rows import connection_row


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("example.com", "https://example.com"),
        (" Example.COM/ ", "https://example.com"),
        ("http://example.com", "http://example.com"),
        ("example.com:8080/shop?x=1", "https://example.com:8080/shop?x=1"),
        ("https://bücher.example/ä", "https://xn--bcher-kva.example/ä"),
        ("www.example.co.uk", "https://www.example.co.uk"),
    ],
)
def test_a_website_is_taken_as_people_type_it(typed: str, meant: str) -> None:
    assert normalised(typed) == meant


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "example",
        "localhost",
        "ftp://example.com",
        "javascript:alert(1)",
        "https://",
        "exa mple.com",
        "user:pw@example.com",
        "https://user@example.com",
        "127.0.0.1",
        "http://[::1]/",
        "2130706433.1",
        "http://10.0.0.1",
        "shop.local",
        "a..b.com",
        "-a.com",
        "example.com\x00",
        "http://example.com:99999",
        "x" * 300 + ".com",
        "http://ex\u2028ample.com",
        "data:text/html,x",
    ],
)
def test_what_is_no_public_website_is_refused(typed: str) -> None:
    with pytest.raises(BadWebsite):
        normalised(typed)


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("account_name", "", "required"),
        ("account_name", "x" * 101, "at most 100"),
        ("account_name", "😀" * 51, "Google takes at most 100 characters here."),
        ("account_name", "a\x07b", "control characters"),
        ("website_url", "localhost", "is not a public website"),
        ("time_zone", "Mars/Olympus", "Select a valid choice"),
        ("region_code", "XX", "Select a valid choice"),
        ("connection", "1f0c0e6e-0000-4000-8000-000000000000", "Select a valid choice"),
        ("submission", "nonsense", "UUID"),
    ],
)
def test_a_bad_field_is_named_and_nothing_is_saved(
    owner_browser: Client, cast: Cast, field: str, value: str, says: str
) -> None:
    connection = connection_row(cast.tenant)
    answer = submit_details(
        owner_browser, cast.tenant, **{"connection": str(connection.pk), field: value}
    )
    assert answer.status_code == 422
    assert says in answer.content.decode()
    with tenant_scope(cast.tenant):
        assert not ProvisioningRequest.objects.exists()


def test_what_was_typed_is_still_there_after_an_error(owner_browser: Client, cast: Cast) -> None:
    connection = connection_row(cast.tenant)
    answer = submit_details(
        owner_browser,
        cast.tenant,
        connection=str(connection.pk),
        website_url="localhost",
        account_name="Still Here Ltd",
    )
    assert "Still Here Ltd" in answer.content.decode()


def test_names_left_empty_are_the_website_s(owner_browser: Client, cast: Cast) -> None:
    connection = connection_row(cast.tenant)
    submit_details(owner_browser, cast.tenant, connection=str(connection.pk))
    with tenant_scope(cast.tenant):
        request = ProvisioningRequest.objects.get()
    assert request.website_url == "https://bluebird.example"
    assert request.property_name == request.stream_name == "bluebird.example"


def test_a_double_click_makes_one_request(owner_browser: Client, cast: Cast) -> None:
    connection = connection_row(cast.tenant)
    submission = str(uuid.uuid4())
    answers = [
        submit_details(
            owner_browser, cast.tenant, connection=str(connection.pk), submission=submission
        )
        for _ in range(3)
    ]
    assert len({answer["Location"] for answer in answers}) == 1
    with tenant_scope(cast.tenant):
        assert ProvisioningRequest.objects.count() == 1


def test_details_may_come_before_the_google_account(
    owner_browser: Client, cast: Cast, google: EmulatorThread
) -> None:
    answer = submit_details(owner_browser, cast.tenant, connection="new")
    page = answer["Location"]
    request = fresh(uuid.UUID(page.rstrip("/").rpartition("/")[2]))
    assert request.status == Status.AUTHORIZING
    work()
    assert fresh(request.pk).status == Status.AUTHORIZING

    leave = owner_browser.post(f"{page}connect/")
    back = Person(google.base_url, AGENCY).consent(leave["Location"])
    assert owner_browser.get(path_of(back))["Location"] == page
    work()
    assert fresh(request.pk).status == Status.AWAITING_TERMS


def test_a_trip_that_is_tried_again_takes_the_request_along(
    owner_browser: Client, cast: Cast, google: EmulatorThread
) -> None:
    page = submit_details(owner_browser, cast.tenant, connection="new")["Location"]
    leave = owner_browser.post(f"{page}connect/")
    person = Person(google.base_url, AGENCY)
    for _ in range(2):
        denied = owner_browser.get(path_of(person.consent(leave["Location"], deny=True)))
        assert denied["Location"] == page
        leave = owner_browser.post(f"{page}connect/")
    assert owner_browser.get(path_of(person.consent(leave["Location"])))["Location"] == page
    work()
    request = fresh(uuid.UUID(page.rstrip("/").rpartition("/")[2]))
    assert request.status == Status.AWAITING_TERMS


def test_a_denied_trip_leaves_the_details_where_they_are(
    owner_browser: Client, cast: Cast, google: EmulatorThread
) -> None:
    page = submit_details(owner_browser, cast.tenant, connection="new")["Location"]
    leave = owner_browser.post(f"{page}connect/")
    owner_browser.get(
        path_of(Person(google.base_url, AGENCY).consent(leave["Location"], deny=True))
    )
    work()
    request = fresh(uuid.UUID(page.rstrip("/").rpartition("/")[2]))
    assert request.status == Status.AUTHORIZING
    assert request.account_name == "Bluebird Bakery"
