"""What nobody finishes is tidied away after a stated time, and its person is told before."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.mail import EmailMultiAlternatives
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from accounts.tenancy.scope import across_tenants
from portal.operations.tasks import send_emails
from provisioning.requests.models.request import ProvisioningRequest
from provisioning.requests.states import Status
from provisioning.requests.tasks import tidy_unfinished
from tests.cast import Cast
from tests.journeys import DETAILS, fresh, submit_details

Outbox = list[EmailMultiAlternatives]


@pytest.fixture(autouse=True)
def eager(settings: Any) -> None:
    settings.CELERY_TASK_ALWAYS_EAGER = True


def night(days: float) -> None:
    """What happens in the night so many days later."""
    with time_machine.travel(timezone.now() + timedelta(days=days)):
        tidy_unfinished()
        send_emails()


@pytest.fixture(params=["draft", "authorizing"])
def unfinished(
    request: pytest.FixtureRequest, owner_browser: Client, cast: Cast
) -> ProvisioningRequest:
    """Details that wait for more of them, or for a Google account."""
    if request.param == "draft":
        address = reverse("request-start", args=[cast.tenant.slug])
        owner_browser.post(address, {**DETAILS, "submission": str(uuid.uuid4())})
    else:
        submit_details(owner_browser, cast.tenant, connection="new")
    with across_tenants():
        row = ProvisioningRequest.objects.get()
    assert row.status == request.param
    return row


def test_the_page_says_beforehand_when_it_ends(
    unfinished: ProvisioningRequest, owner_browser: Client
) -> None:
    page = owner_browser.get(fresh(unfinished.pk).get_absolute_url()).content.decode()
    last = unfinished.updated_at + timedelta(days=30)
    assert f"this one on {last.day} {last:%B %Y}" in " ".join(page.split())


def test_its_person_is_told_a_week_before_and_then_it_is_cancelled(
    unfinished: ProvisioningRequest, cast: Cast, mailoutbox: Outbox
) -> None:
    night(22)
    assert mailoutbox == []
    for day in (24, 25, 30.5):
        night(day)
    (letter,) = mailoutbox
    assert letter.to == [cast.owner.email]
    assert "unfinished request" in str(letter.subject)
    assert "Nothing was sent to Google" in str(letter.body)
    assert fresh(unfinished.pk).status == unfinished.status
    night(31.5)
    assert fresh(unfinished.pk).status == Status.CANCELLED


def test_what_somebody_goes_on_with_begins_anew(
    unfinished: ProvisioningRequest, mailoutbox: Outbox
) -> None:
    night(24)
    with across_tenants():
        later = timezone.now() + timedelta(days=25)
        ProvisioningRequest.objects.filter(pk=unfinished.pk).update(updated_at=later)
    night(40)
    assert fresh(unfinished.pk).status == unfinished.status
    assert len(mailoutbox) == 1
    night(50)
    assert len(mailoutbox) == 2


def test_nothing_ends_without_notice_however_long_ago_it_was_left(
    unfinished: ProvisioningRequest, mailoutbox: Outbox
) -> None:
    night(400)
    night(403)
    assert fresh(unfinished.pk).status == unfinished.status
    assert len(mailoutbox) == 1
    night(407.5)
    assert fresh(unfinished.pk).status == Status.CANCELLED


def test_where_it_is_switched_off_nothing_ends(
    unfinished: ProvisioningRequest, owner_browser: Client, settings: Settings, mailoutbox: Outbox
) -> None:
    settings.UNFINISHED_DAYS = 0
    night(400)
    night(500)
    assert fresh(unfinished.pk).status == unfinished.status
    assert mailoutbox == []
    page = owner_browser.get(fresh(unfinished.pk).get_absolute_url()).content.decode()
    assert "are cancelled after a while" not in page
