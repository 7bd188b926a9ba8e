"""The flows of the product, walked over HTTP: a browser at the portal, a person at Google."""

import uuid
from collections.abc import Iterable
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from zeal import zeal_context

from accounts.tenancy.models import Tenant
from accounts.tenancy.scope import across_tenants, tenant_scope
from provisioning.requests.models.request import ProvisioningRequest
from provisioning.requests.services.runner import run
from provisioning.requests.states import Status
from provisioning.requests.unscoped import due_requests
from tests.emulator.person import Person
from tests.emulator.thread import EmulatorThread
from tests.scripting import script, stop_scripting
from tokens.connections.models.connection import GoogleConnection

AGENCY = "agency@gmail.example"
SHOP = "shop@gmail.example"

DETAILS = {
    "account_name": "Bluebird Bakery",
    "website_url": "bluebird.example",
    "property_name": "",
    "stream_name": "",
    "time_zone": "Europe/Madrid",
    "region_code": "ES",
}


def path_of(url: str) -> str:
    """The part of an absolute address that a test client opens."""
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def leave_to_connect(browser: Client, tenant: Tenant, **data: str) -> str:
    """Press "Connect a Google account"; returns the address of Google's consent page."""
    answer = browser.post(reverse("connection-start", args=[tenant.slug]), data)
    assert answer.status_code == 303, answer.content
    return str(answer["Location"])


def connect(
    browser: Client,
    tenant: Tenant,
    google: EmulatorThread,
    email: str = AGENCY,
    *,
    tick: Iterable[str] | None = None,
    deny: bool = False,
    **data: str,
) -> Any:
    """Connect a Google account, or try to; returns the answer to the callback."""
    consent_page = leave_to_connect(browser, tenant, **data)
    back = Person(google.base_url, email).consent(consent_page, tick=tick, deny=deny)
    return browser.get(path_of(back))


def connect_whatever_it_takes(
    browser: Client,
    tenant: Tenant,
    google: EmulatorThread,
    email: str = AGENCY,
    *,
    legacy: str = "",
) -> Any:
    """Connect, and go to Google once more where the portal asks for what was missing."""
    answer = connect(browser, tenant, google, email, legacy=legacy)
    where = str(answer.get("Location", ""))
    if not where.startswith(google.base_url):
        return answer
    return browser.get(path_of(Person(google.base_url, email).consent(where)))


def connected(
    browser: Client,
    tenant: Tenant,
    google: EmulatorThread,
    email: str = AGENCY,
    *,
    legacy: str = "",
) -> GoogleConnection:
    """Connect a Google account and return the connection."""
    connect(browser, tenant, google, email, legacy=legacy)
    with tenant_scope(tenant):
        return GoogleConnection.objects.select_related("client", "tenant").get(email=email)


def submit_details(browser: Client, tenant: Tenant, **details: str) -> Any:
    """Fill in the details form and send it; another account for a website is made on purpose."""
    website = f"https://{details.get('website_url', DETAILS['website_url'])}"
    data = {**DETAILS, "submission": str(uuid.uuid4()), "again_for": website, **details}
    return browser.post(reverse("request-new", args=[tenant.slug]), data)


def new_request(
    browser: Client, connection: GoogleConnection, **details: str
) -> ProvisioningRequest:
    """Ask for an account through `connection`."""
    answer = submit_details(browser, connection.tenant, connection=str(connection.pk), **details)
    assert answer.status_code == 303, answer.content
    return fresh(uuid.UUID(answer["Location"].rstrip("/").rpartition("/")[2]))


def fresh(pk: uuid.UUID) -> ProvisioningRequest:
    """The request as the database knows it now."""
    with across_tenants():
        return ProvisioningRequest.objects.select_related("tenant", "connection", "account").get(
            pk=pk
        )


def work() -> None:
    """Do what a worker would do now, until nothing is due."""
    while due := due_requests(timezone.now(), 100):
        for tenant_id, pk in due:
            with tenant_scope(Tenant.objects.get(pk=tenant_id)), zeal_context():
                run(pk)


def leave_for_terms(browser: Client, request: ProvisioningRequest) -> str:
    """Press "Continue at Google"; returns the address of the terms."""
    answer = browser.post(reverse("request-terms", args=[request.tenant.slug, request.pk]))
    assert answer.status_code == 303, answer.content
    return str(answer["Location"])


def answered(
    browser: Client,
    request: ProvisioningRequest,
    google: EmulatorThread,
    answer: str = "accept",
    email: str = AGENCY,
) -> str:
    """Answer the terms at Google without coming back; returns the address of the return."""
    back = Person(google.base_url, email).answer_terms(leave_for_terms(browser, request), answer)
    assert back is not None
    return path_of(back)


def account_in(back: str) -> str:
    """The id of the account that a return speaks of."""
    return parse_qs(urlsplit(back).query)["accountId"][0]


def answer_terms(
    browser: Client,
    request: ProvisioningRequest,
    google: EmulatorThread,
    answer: str = "accept",
    email: str = AGENCY,
) -> Any:
    """Go to the terms, answer them, and come back; returns the answer to the return."""
    terms = leave_for_terms(browser, request)
    back = Person(google.base_url, email).answer_terms(terms, answer)
    return None if back is None else browser.get(path_of(back))


def later(minutes: float = 40) -> time_machine.travel:
    """The clock so much further, until the block ends."""
    return time_machine.travel(timezone.now() + timedelta(minutes=minutes))


def given_up(request: ProvisioningRequest, google: EmulatorThread, scenario: str) -> None:
    """Google fails at a step until the portal gives up: for an outage, after more than a week."""
    script(google, scenario)
    for _ in range(60):
        due_at = fresh(request.pk).due_at
        if due_at is None:
            break
        with time_machine.travel(max(due_at, timezone.now()) + timedelta(minutes=1)):
            work()
    stop_scripting(google)
    assert fresh(request.pk).status == Status.FAILED
