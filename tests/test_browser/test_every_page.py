"""Every page that there is, as each kind of person sees it: no barrier, no error, not too wide."""

import os
from pathlib import Path

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.apps import apps
from django.conf import settings
from django.test import Client
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer

from accounts.audit.recording import by_worker
from accounts.email.types import Topic
from accounts.members.roles import Role
from accounts.members.services.email_preferences import stop_for
from accounts.members.services.invitations import invite
from accounts.members.services.tenants import add_member
from accounts.staff.services.support import start_support
from accounts.tenancy.scope import tenant_scope
from accounts.users.models import User
from provisioning.requests.states import Status
from tests.cast import Cast, signed_in, with_second_step
from tests.emulator.thread import EmulatorThread
from tests.rows import connection_row, request_row
from tests.test_browser.places import Visit, needs_to_be_known, places, routes
from tests.test_browser.stack import Stack
from tests.test_browser.walker import Walker
from tests.test_staff.test_admin import rows as rows  # noqa: PLC0414  # a fixture is used by name
from tokens.connections.services.reconnect_links import make_link

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.django_db(transaction=True),
]
# A folder, for whoever wants a picture of every page to look at.
PICTURES = os.environ.get("PICTURES", "")


# A name that nothing on a page may be pushed aside by.
LONG = "many.requests.wait.for.this.person@department-of-data-protection.customer.example"
PEOPLE = ["owner", "newcomer", "viewer", "visitor", "person", "staff"]
# So that nobody is content because nothing opened.
FEWEST = dict.fromkeys(PEOPLE, 10) | {"owner": 40, "staff": 70}


@pytest.fixture
def visit(who: str, cast: Cast, rows: None) -> Visit:
    """One of each kind of person, in a house that holds one of everything."""
    tenant = cast.tenant
    connection = connection_row(tenant, LONG)
    for status in sorted(set(Status) - {Status.COMPLETED}):
        request_row(connection, status, account_name=f"{status.label} Ltd")
    return {
        "owner": lambda: Visit(signed_in(cast.owner), tenant, "^/t/", most=len(Status)),
        "viewer": lambda: Visit(signed_in(cast.viewer), tenant, "^/t/"),
        "newcomer": lambda: Visit(signed_in(cast.outsider), cast.elsewhere, "^/t/"),
        "visitor": lambda: visitor(cast),
        "person": lambda: person(cast),
        "staff": lambda: staff(cast),
    }[who]()


def visitor(cast: Cast) -> Visit:
    """Somebody without an account who was sent an invitation, a link and a mail too many."""
    with tenant_scope(cast.tenant):
        made = invite(cast.tenant, ["new.person@acme.example"], Role.ADMIN, by_worker())
        link = make_link(connection_row(cast.tenant, "lost@gmail.example"), by_worker())
        stop = stop_for(cast.viewer, cast.tenant, Topic.TERMS)
    tenant_id, token = made[0].address.rstrip("/").split("/")[-2:]
    known = {
        "invitation": [{"tenant_id": tenant_id, "token": token}],
        "reconnect-link": [{"token": link.address.rstrip("/").rpartition("/")[2]}],
        "mails-stop": [{"token": stop.address.rstrip("/").rpartition("/")[2]}],
    }
    return Visit(Client(), cast.tenant, "^/(?!t/|admin/)", known=known)


def person(cast: Cast) -> Visit:
    """A member with a password, two addresses, an authenticator app and recovery codes."""
    nina = User.objects.create_user("nina@acme.example", "canary-password-of-nina")
    for number, email in enumerate(("nina@acme.example", "nina@home.example")):
        EmailAddress.objects.create(user=nina, email=email, verified=True, primary=not number)
    add_member(tenant=cast.tenant, user=nina, role=Role.ADMIN, actor=by_worker())
    browser = with_second_step(nina)
    RecoveryCodes.activate(nina)
    return Visit(browser, cast.tenant, "^/(?!t/|admin/)|^/t/new/")


def staff(cast: Cast) -> Visit:
    """A superuser who has opened a support view."""
    stan = User.objects.create_user("stan@portal.example", is_staff=True, is_superuser=True)
    browser = with_second_step(stan)
    session = browser.session
    start_support(session, cast.tenant, by_worker())
    session.save()
    labels = sorted({model._meta.app_label for model in apps.get_models()})
    known = {"admin:app_list": [{"app_label": label} for label in labels]}
    return Visit(browser, cast.tenant, "^/admin/|^/t/[^/]+/$", known=known)


def test_somebody_knows_what_each_page_is_opened_with() -> None:
    """A new one needs a value in the `known` of somebody who comes upon it."""
    needed = {route.name for route in routes() if needs_to_be_known(route)}
    assert needed == {
        "admin:app_list",
        "invitation",
        "invitation-accept",
        "mails-stop",
        "reconnect-link",
    }


@pytest.mark.parametrize("who", PEOPLE)
def test_no_page_has_a_barrier_an_error_or_more_than_fits(
    who: str, visit: Visit, page: Page, live_server: LiveServer, google: EmulatorThread
) -> None:
    cookie = visit.browser.cookies.get(settings.SESSION_COOKIE_NAME)
    if cookie:
        page.context.add_cookies(
            [{"name": cookie.key, "value": cookie.value, "url": live_server.url}]
        )
    walker = Walker(page, Stack(live_server.url, google.base_url))
    for place in places(visit):
        walker.open(place.path)
        walker.look(f"{place.name} {place.path}")
        if PICTURES:
            leave_pictures(page, Path(PICTURES) / who, place.name)
    assert len(walker.looked_at) >= FEWEST[who]
    walker.has_nothing_to_complain_about()


def leave_pictures(page: Page, folder: Path, name: str) -> None:
    """Leave the page as it looks, wide and light and narrow and dark, in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    number = len(list(folder.glob("*-wide.png")))
    for size, width in (("narrow", 320), ("wide", 1280)):
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme="dark" if size == "narrow" else "light")
        path = folder / f"{number:03}-{name.replace(':', '-')}-{size}.png"
        page.screenshot(path=path, full_page=True)
