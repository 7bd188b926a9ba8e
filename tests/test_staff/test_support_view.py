"""Staff see a tenant's pages as a viewer does: with a reason, for a while, on the record."""

import time

import pytest
from django.test import Client
from django.urls import reverse

from accounts.audit.models.event import AuditEvent
from accounts.members.policies import SUPPORT_VIEW
from accounts.tenancy.scope import tenant_scope
from tests.cast import Cast
from tests.rows import connection_row, request_row
from tests.test_staff.conftest import StaffIn


def opened(browser: Client, cast: Cast, reason: str = "Ticket 12") -> int:
    page = reverse("admin:support", args=[cast.tenant.pk])
    return browser.post(page, {"reason": reason}).status_code


@pytest.fixture
def support(staff_in: StaffIn) -> Client:
    return staff_in("Support")


def home(cast: Cast) -> str:
    return reverse("home", args=[cast.tenant.slug])


def test_the_pages_open_and_say_that_it_is_a_support_view(support: Client, cast: Cast) -> None:
    assert opened(support, cast) == 302
    page = support.get(home(cast))
    assert page.status_code == 200
    assert "Support view of Acme Agency" in page.content.decode()


def test_the_visit_stands_in_the_tenants_own_record(support: Client, cast: Cast) -> None:
    opened(support, cast)
    support.post(reverse("support-end"))
    with tenant_scope(cast.tenant):
        started, ended = AuditEvent.objects.filter(actor_kind="staff").order_by("created_at")
    assert (started.tag, started.data) == (
        "accounts:support:started",
        {"staff_reason": "Ticket 12"},
    )
    assert ended.tag == "accounts:support:ended"
    assert support.get(home(cast)).status_code == 404


def test_nothing_opens_without_a_reason(support: Client, cast: Cast) -> None:
    assert opened(support, cast, " ") == 200
    assert support.get(home(cast)).status_code == 404


def test_nothing_can_be_changed(support: Client, cast: Cast) -> None:
    row = request_row(connection_row(cast.tenant))
    opened(support, cast)
    page = reverse("request-cancel", args=[cast.tenant.slug, row.pk])
    assert support.post(page).status_code == 403


def test_it_ends_by_itself(support: Client, cast: Cast) -> None:
    opened(support, cast)
    session = support.session
    session[SUPPORT_VIEW] = {"slug": cast.tenant.slug, "until": time.time() - 1}
    session.save()
    assert support.get(home(cast)).status_code == 404


def test_it_opens_that_tenant_only(support: Client, cast: Cast) -> None:
    opened(support, cast)
    assert support.get(reverse("home", args=[cast.elsewhere.slug])).status_code == 404


def test_a_person_cannot_forge_one(cast: Cast, owner_browser: Client) -> None:
    session = owner_browser.session
    session[SUPPORT_VIEW] = {"slug": cast.elsewhere.slug, "until": time.time() + 60}
    session.save()
    assert owner_browser.get(reverse("home", args=[cast.elsewhere.slug])).status_code == 404
    page = reverse("admin:support", args=[cast.elsewhere.pk])
    assert owner_browser.post(page, {"reason": "x"}).status_code in (302, 403)
