"""What Google returns to is delivered twice, or only asked about: nothing happens twice."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from allauth.socialaccount.models import SocialAccount
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.audit.recording import by_worker
from accounts.tenancy.models import Tenant
from accounts.tenancy.scope import across_tenants, tenant_scope
from provisioning.requests.models.attempt import TosOutcome
from provisioning.requests.models.request import ProvisioningRequest
from tests.cast import Cast, make_cast, signed_in
from tests.emulator.person import Person
from tests.emulator.thread import EmulatorThread
from tests.journeys import (
    AGENCY,
    answered,
    connected,
    fresh,
    leave_to_connect,
    new_request,
    path_of,
    work,
)
from tests.races import together
from tests.scripting import script
from tokens.connections.models.connection import GoogleConnection
from tokens.connections.models.oauth_flow import OAuthFlow
from tokens.connections.models.reconnect_link import ReconnectLink
from tokens.connections.services.reconnect_links import make_link
from tokens.connections.services.status import needs_reconnect
from tokens.connections.states import FlowOutcome, ReconnectReason
from tokens.exchanges.models import Exchange

BROWSERS = 20


def way_back(browser: Client, cast: Cast, google: EmulatorThread, **data: str) -> str:
    """Leave for Google and consent; returns the address that the browser is sent back to."""
    url = leave_to_connect(browser, cast.tenant, **data)
    return path_of(Person(google.base_url, AGENCY).consent(url))


def exchanges() -> int:
    with across_tenants():
        return Exchange.objects.count()


@pytest.mark.parametrize("return_to", ["", "requests"])
def test_a_second_delivery_leads_where_the_first_one_led(
    owner_browser: Client, cast: Cast, google: EmulatorThread, return_to: str
) -> None:
    wanted = reverse(return_to, args=[cast.tenant.slug]) if return_to else ""
    back = way_back(owner_browser, cast, google, return_to=wanted)
    first, second = owner_browser.get(back), owner_browser.get(back)
    assert (second.status_code, second["Location"]) == (303, first["Location"])
    assert second["Location"].startswith(f"/t/{cast.tenant.slug}/")
    assert exchanges() == 1
    with tenant_scope(cast.tenant):
        assert GoogleConnection.objects.count() == 1


def test_a_second_delivery_of_what_did_not_connect_leads_to_the_same_page(
    owner_browser: Client, cast: Cast, google: EmulatorThread
) -> None:
    script(google, "consent-none")
    back = way_back(owner_browser, cast, google)
    first, second = owner_browser.get(back), owner_browser.get(back)
    assert second["Location"] == first["Location"]
    assert exchanges() == 1
    with tenant_scope(cast.tenant):
        assert OAuthFlow.objects.get().outcome == FlowOutcome.PARTIAL


def test_a_second_delivery_after_being_sent_round_once_more_leads_to_the_connection(
    owner_browser: Client, cast: Cast, google: EmulatorThread
) -> None:
    connected(owner_browser, cast.tenant, google, "shop@gmail.example")
    Person(google.base_url, AGENCY).consent(leave_to_connect(owner_browser, cast.tenant))
    back = way_back(owner_browser, cast, google)
    round_again = owner_browser.get(back)["Location"]
    assert "prompt=" in round_again
    assert "prompt=" in owner_browser.get(back)["Location"], "it has not come back yet"
    done = owner_browser.get(path_of(Person(google.base_url, AGENCY).consent(round_again)))
    assert owner_browser.get(back)["Location"] == done["Location"]


def test_while_the_first_delivery_is_asking_google_the_second_waits_for_it(
    owner_browser: Client, cast: Cast, google: EmulatorThread
) -> None:
    back = way_back(owner_browser, cast, google)
    rows = OAuthFlow._base_manager.all()
    rows.update(consumed_at=timezone.now(), outcome=FlowOutcome.EXCHANGING)
    waiting = owner_browser.get(owner_browser.get(back)["Location"])
    assert waiting["Refresh"] == "2"
    assert "Checking with Google" in waiting.content.decode()
    rows.update(consumed_at=timezone.now() - timedelta(minutes=3))
    stuck = owner_browser.get(owner_browser.get(back)["Location"])
    assert "was interrupted" in stuck.content.decode()
    assert exchanges() == 0


@pytest.mark.parametrize("who", ["teammate", "owner"])
def test_a_second_delivery_in_another_session_is_told_nothing(
    owner_browser: Client, cast: Cast, google: EmulatorThread, who: str
) -> None:
    back = way_back(owner_browser, cast, google)
    owner_browser.get(back)
    again = signed_in(getattr(cast, who)).get(back)
    assert again.status_code == 400
    assert AGENCY not in again.content.decode()


def terms_back(browser: Client, cast: Cast, google: EmulatorThread) -> tuple[Any, str]:
    request = new_request(browser, connected(browser, cast.tenant, google))
    work()
    return fresh(request.pk), answered(browser, fresh(request.pk), google)


def test_a_second_delivery_of_an_acceptance_is_no_warning(
    owner_browser: Client, cast: Cast, google: EmulatorThread
) -> None:
    request, back = terms_back(owner_browser, cast, google)
    owner_browser.get(back)
    page = owner_browser.get(back, follow=True)
    assert page.redirect_chain[0][0] == request.get_absolute_url()
    assert "was not counted" not in page.content.decode()
    with tenant_scope(cast.tenant):
        assert TosOutcome.objects.count() == 1


def test_a_second_delivery_of_a_sign_in_leads_into_the_portal(
    google: EmulatorThread, db: None
) -> None:
    browser = Client()
    leave = browser.post(reverse("google_login"))
    back = path_of(Person(google.base_url, AGENCY).consent(leave["Location"]))
    browser.get(back)
    assert browser.get(back)["Location"] == "/"
    assert "Sign-in with Google failed" in Client().get(back).content.decode()
    assert SocialAccount.objects.count() == 1


def test_asking_for_the_head_of_a_return_uses_nothing_up(
    owner_browser: Client, cast: Cast, google: EmulatorThread
) -> None:
    back = way_back(owner_browser, cast, google)
    assert owner_browser.head(back).status_code == 200
    assert exchanges() == 0
    owner_browser.get(back)
    request, terms = terms_back(owner_browser, cast, google)
    assert owner_browser.head(terms).status_code == 200
    assert not TosOutcome._base_manager.exists()
    owner_browser.get(terms)
    assert fresh(request.pk).status == "verifying"
    browser = Client()
    leave = browser.post(reverse("google_login"))
    sign_in = path_of(Person(google.base_url, AGENCY).consent(leave["Location"]))
    assert browser.head(sign_in).status_code == 200
    browser.get(sign_in)
    assert SocialAccount.objects.count() == 1


def guests(
    google: EmulatorThread, tenant: Tenant, row: GoogleConnection
) -> list[Callable[[], Any]]:
    """Many browsers that opened one link and are on their way back from Google."""
    with tenant_scope(tenant):
        address = path_of(make_link(row, by_worker()).address)
    acts: list[Callable[[], Any]] = []
    for _ in range(BROWSERS):
        guest = Client()
        leave = guest.post(address)
        back = path_of(Person(google.base_url, AGENCY).consent(leave["Location"]))
        acts.append(partial(_status, guest, back))
    return acts


def _status(guest: Client, back: str) -> Any:
    return guest.get(back, follow=True).status_code


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_of_many_uses_of_one_reconnect_link_exactly_one_completes(google: EmulatorThread) -> None:
    cast = make_cast()
    row = connected(signed_in(cast.owner), cast.tenant, google)
    with tenant_scope(cast.tenant):
        needs_reconnect(row, ReconnectReason.REVOKED, by_worker())
    statuses = together(guests(google, cast.tenant, row))
    assert sorted(statuses) == [200] + [410] * (BROWSERS - 1)
    with across_tenants():
        flows = OAuthFlow.objects.exclude(link=None)
        assert flows.filter(outcome=FlowOutcome.CONNECTED).count() == 1
        assert flows.filter(outcome=FlowOutcome.LINK_OVER).count() == BROWSERS - 1
        assert ReconnectLink.objects.exclude(used_at=None).count() == 1


def test_a_link_repairs_nothing_that_a_member_has_disconnected(
    owner_browser: Client, cast: Cast, google: EmulatorThread
) -> None:
    row = connected(owner_browser, cast.tenant, google)
    with tenant_scope(cast.tenant):
        needs_reconnect(row, ReconnectReason.REVOKED, by_worker())
        address = path_of(make_link(row, by_worker()).address)
    guest = Client()
    leave = guest.post(address)
    back = path_of(Person(google.base_url, AGENCY).consent(leave["Location"]))
    owner_browser.post(reverse("connection-disconnect", args=[cast.tenant.slug, row.pk]))
    assert guest.get(address).status_code == 404
    assert guest.get(back, follow=True).status_code == 410
    row.refresh_from_db()
    assert row.status == "disconnected"


@pytest.mark.django_db(transaction=True)
def test_one_acceptance_delivered_by_many_threads_counts_once(google: EmulatorThread) -> None:
    cast = make_cast()
    browser = signed_in(cast.owner)
    request, back = terms_back(browser, cast, google)

    def deliver() -> Any:
        again = Client()
        again.cookies = browser.cookies
        return again.get(back).status_code

    assert together([deliver] * BROWSERS) == [303] * BROWSERS
    with across_tenants():
        assert [one.counted for one in TosOutcome.objects.all()] == [True]
        assert ProvisioningRequest.objects.get(pk=request.pk).status == "verifying"
