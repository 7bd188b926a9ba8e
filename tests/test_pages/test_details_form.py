"""The details form: what it takes, what it keeps, what it never does twice."""

import uuid

import pytest
from django.test import Client

from accounts.tenancy.scope import tenant_scope
from accounts.values.website_url import normalised
from provisioning.requests.models.request import ProvisioningRequest
from provisioning.requests.states import Status
from tests.cast import Cast
from tests.emulator.person import Person
from tests.emulator.thread import EmulatorThread
from tests.journeys import AGENCY, fresh, path_of, submit_details, work


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


def test_what_was_typed_is_still_there_after_an_error(
    owner_browser: Client, cast: Cast, through: str
) -> None:
    answer = submit_details(
        owner_browser,
        cast.tenant,
        connection=through,
        website_url="localhost",
        account_name="Still Here Ltd",
    )
    assert "Still Here Ltd" in answer.content.decode()


def test_what_is_wrong_is_summed_up_in_the_order_of_the_page(
    owner_browser: Client, cast: Cast
) -> None:
    page = submit_details(owner_browser, cast.tenant, website_url="", account_name="")
    summary = page.content.decode().partition("error-summary")[2].partition("</ul>")[0]
    said = [summary.index(f"{label}: Fill this in.") for label in ("Website", "Account name")]
    assert said == sorted(said)


def test_names_left_empty_are_the_website_s(
    owner_browser: Client, cast: Cast, through: str
) -> None:
    submit_details(owner_browser, cast.tenant, connection=through)
    with tenant_scope(cast.tenant):
        request = ProvisioningRequest.objects.get()
    assert request.website_url == "https://bluebird.example"
    assert request.property_name == request.stream_name == "bluebird.example"


def test_a_double_click_makes_one_request(owner_browser: Client, cast: Cast, through: str) -> None:
    submission = str(uuid.uuid4())
    answers = [
        submit_details(owner_browser, cast.tenant, connection=through, submission=submission)
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


def test_a_flow_that_is_tried_again_takes_the_request_along(
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


def test_a_denied_flow_leaves_the_details_where_they_are(
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
