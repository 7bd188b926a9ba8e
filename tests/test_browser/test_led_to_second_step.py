"""Who needs a second step is led to set one up, and arrives where they wanted to be."""

import pytest
from allauth.account.models import EmailAddress
from django.urls import reverse
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.tenancy.models import Tenant
from accounts.users.models import User
from tests.cast import Cast
from tests.emulator.thread import EmulatorThread
from tests.test_browser.stack import Stack
from tests.test_browser.telephone import telephone_of
from tests.test_browser.walker import PASSWORD, Walker
from tests.test_people.test_second_step import code_of

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(240),
    pytest.mark.django_db(transaction=True),
]
STAN = "stan@portal.example"
TENANTS = "/admin/accounts/tenant/"


@pytest.fixture
def here(page: Page, live_server: LiveServer, google: EmulatorThread) -> Walker:
    """A browser before a portal whose rows this test can make."""
    return Walker(page, Stack(live_server.url.replace("127.0.0.1", "localhost"), google.base_url))


def with_password(user: User) -> User:
    user.set_password(PASSWORD)
    user.save()
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


@pytest.fixture
def stan(cast: Cast) -> User:
    return with_password(User.objects.create_user(STAN, is_staff=True, is_superuser=True))


def sign_in(walker: Walker, email: str) -> None:
    walker.is_at("Sign in")
    walker.page.get_by_label("E-mail").fill(email)
    walker.page.get_by_label("Password").fill(PASSWORD)
    walker.press("Sign in")


def set_up_app(walker: Walker) -> str:
    """Set up an authenticator app; ends at the recovery codes. Returns the app's key."""
    walker.follow("Set it up")
    walker.is_at("Set up an authenticator app")
    key = walker.page.locator("#totp-key").inner_text()
    walker.page.get_by_label("Code").fill(code_of(key))
    walker.press("Switch it on")
    walker.is_at("Recovery codes")
    return key


def test_staff_set_up_an_app_and_reach_the_page_that_they_asked_for(
    here: Walker, stan: User, cast: Cast
) -> None:
    here.open(f"{TENANTS}?q=acme")
    sign_in(here, STAN)
    here.is_at("Passkeys and second step")
    here.sees("Staff pages open with a second step.")
    here.look()
    set_up_app(here)
    here.follow("I have kept them, go on")
    expect(here.page).to_have_url(f"{here.stack.portal}{TENANTS}?q=acme")
    expect(here.page.get_by_role("link", name=cast.tenant.name)).to_be_visible()
    here.has_nothing_to_complain_about()


def test_staff_who_only_typed_a_password_are_asked_for_the_second_step(
    here: Walker, stan: User
) -> None:
    here.open(TENANTS)
    sign_in(here, STAN)
    key = set_up_app(here)
    here.page.context.clear_cookies()
    here.open(TENANTS)
    sign_in(here, STAN)
    here.is_at("Second step")
    here.page.get_by_label("Code").fill("000000")
    here.press("Sign in")
    here.is_at("Second step")
    here.open(TENANTS)
    here.is_at("Second step")
    here.page.get_by_label("Code").fill(code_of(key, periods_on=1))
    here.press("Sign in")
    expect(here.page).to_have_url(f"{here.stack.portal}{TENANTS}")
    here.has_nothing_to_complain_about()


def test_staff_sign_in_to_the_admin_with_a_passkey(here: Walker, stan: User) -> None:
    telephone = telephone_of(here.page)
    here.open(TENANTS)
    sign_in(here, STAN)
    here.follow("Add a passkey")
    here.press("Make the passkey")
    here.is_at("Recovery codes")
    here.follow("I have kept them, go on")
    expect(here.page).to_have_url(f"{here.stack.portal}{TENANTS}")
    here.page.context.clear_cookies()
    here.open(TENANTS)
    here.press("Sign in with a passkey")
    expect(here.page).to_have_url(f"{here.stack.portal}{TENANTS}")
    here.page.context.clear_cookies()
    # Or the field for the address would take it, and no password would be asked for.
    telephone.lies(in_the_hand=False)
    here.open(TENANTS)
    sign_in(here, STAN)
    here.is_at("Second step")
    here.look()
    telephone.lies(in_the_hand=True)
    here.press("Use a passkey")
    expect(here.page).to_have_url(f"{here.stack.portal}{TENANTS}")
    telephone.detach()
    here.has_nothing_to_complain_about()


def test_a_member_sets_one_up_for_an_organisation_that_asks_for_it(
    here: Walker, cast: Cast
) -> None:
    Tenant.objects.filter(pk=cast.tenant.pk).update(requires_mfa=True)
    with_password(cast.viewer)
    wanted = reverse("requests", args=[cast.tenant.slug])
    here.open(wanted)
    sign_in(here, cast.viewer.email)
    here.is_at("Passkeys and second step")
    here.sees("Acme Agency lets members in who have a passkey or an authenticator app.")
    here.look()
    set_up_app(here)
    here.follow("I have kept them, go on")
    expect(here.page).to_have_url(f"{here.stack.portal}{wanted}")
    here.is_at("Requests")
    here.has_nothing_to_complain_about()
