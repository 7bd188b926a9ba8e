"""What OAuth and OpenID Connect allow beside Google's habits connects; what they forbid, not."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core import mail
from django.db import connections
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from accounts.audit.models.event import AuditEvent
from accounts.audit.recording import by_worker
from accounts.tenancy.scope import across_tenants, tenant_scope
from tests.cast import Cast, make_cast, signed_in
from tests.emulator import idtoken
from tests.emulator.person import Person
from tests.emulator.thread import EmulatorThread
from tests.emulator.world import World
from tests.exchanges import exchanges_of, leaks
from tests.journeys import AGENCY, SHOP, connect, connected, leave_to_connect, path_of
from tests.scripting import script, stop_scripting
from tokens.connections.models.connection import GoogleConnection
from tokens.connections.models.oauth_flow import OAuthFlow
from tokens.connections.services.access_token import ConnectionUnusable, access_token
from tokens.connections.services.status import needs_reconnect
from tokens.connections.states import FLOW_PAGES, FlowOutcome, ReconnectReason
from tokens.google.scopes import ANALYTICS_EDIT, ANALYTICS_MANAGE_USERS


def expire(row: GoogleConnection) -> None:
    GoogleConnection._base_manager.filter(pk=row.pk).update(access_expires_at=None)


def refreshed(row: GoogleConnection) -> GoogleConnection:
    """Renew the access token, and return the row as it is then."""
    expire(row)
    with tenant_scope(row.tenant):
        access_token(row)
    row.refresh_from_db()
    return row


@pytest.mark.parametrize("scenario", ["scope-absent", "no-kid", "email-at-userinfo"])
def test_what_a_server_may_leave_out_is_not_missed(
    owner_browser: Client, cast: Cast, google: EmulatorThread, scenario: str
) -> None:
    script(google, scenario)
    row = connected(owner_browser, cast.tenant, google)
    assert (row.email, row.email_verified, row.is_usable) == (AGENCY, True, True)
    assert ANALYTICS_EDIT in row.granted
    assert refreshed(row).granted == row.granted
    assert not leaks([str(vars(one)) for one in exchanges_of(cast.tenant)])


@pytest.mark.parametrize("path", ["/oauth2/v2/userinfo", "/v1/userinfo"])
def test_userinfo_is_read_in_both_of_its_spellings(
    owner_browser: Client, cast: Cast, google: EmulatorThread, settings: Settings, path: str
) -> None:
    settings.GOOGLE_USERINFO_URL = f"{google.base_url}{path}"
    script(google, "email-at-userinfo")
    row = connected(owner_browser, cast.tenant, google)
    assert (row.email, row.email_verified) == (AGENCY, True)
    assert [one.url.rpartition("/")[2] for one in exchanges_of(cast.tenant)].count("userinfo") == 1


def test_userinfo_of_another_account_is_not_believed(
    owner_browser: Client, cast: Cast, google: EmulatorThread
) -> None:
    script(google, "email-at-userinfo")
    script(google, "userinfo-other-account")
    assert "another account than the id_token" in page_of(owner_browser, cast, google)


def page_of(browser: Client, cast: Cast, google: EmulatorThread) -> str:
    """The page that a flow without a connection ends on."""
    back = connect(browser, cast.tenant, google)
    with across_tenants():
        assert not GoogleConnection.objects.exists()
    return browser.get(back["Location"]).content.decode().replace("&#x27;", "'")


@pytest.mark.parametrize("habit", ["key-rotation", "key-rotation and no-kid"])
def test_a_key_that_was_replaced_a_moment_ago_is_looked_up_at_once(
    owner_browser: Client, cast: Cast, google: EmulatorThread, habit: str
) -> None:
    if "no-kid" in habit:
        script(google, "no-kid")
    connected(owner_browser, cast.tenant, google)
    google.call(lambda world: idtoken.rotate(world.state, drop_old="no-kid" in habit))
    connect(owner_browser, cast.tenant, google, SHOP)
    with across_tenants():
        flow = OAuthFlow.objects.latest("created_at")
    assert (flow.outcome, flow.detail) == (FlowOutcome.CONNECTED, "")


@pytest.mark.django_db(transaction=True)
def test_of_many_who_come_with_a_new_key_none_is_turned_away(google: EmulatorThread) -> None:
    cast = make_cast()
    browser = signed_in(cast.owner)
    connected(browser, cast.tenant, google)
    google.call(lambda world: idtoken.rotate(world.state))
    ways = [leave_to_connect(browser, cast.tenant) for _ in range(8)]
    backs = [path_of(Person(google.base_url, SHOP).consent(way)) for way in ways]
    gate = threading.Barrier(len(backs))

    def come(back: str) -> int:
        again = Client()
        again.cookies = browser.cookies
        try:
            gate.wait(timeout=30)
            return again.get(back).status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(backs)) as pool:
        list(pool.map(come, backs))
    with across_tenants():
        outcomes = set(OAuthFlow.objects.values_list("outcome", flat=True))
    # Of those who came a second time some are sent round for consent; all were believed.
    assert FlowOutcome.UNTRUSTED not in outcomes
    assert FlowOutcome.CONNECTED in outcomes


def looked_for_keys(google: EmulatorThread) -> int:
    return google.call(lambda world: sum(one.path.endswith("/certs") for one in world.log.entries))


def test_a_key_that_nobody_lists_is_refused_and_google_not_asked_each_time(
    owner_browser: Client, cast: Cast, google: EmulatorThread
) -> None:
    script(google, "bad-signature")
    page = page_of(owner_browser, cast, google)
    assert "No key that GOOGLE_CERTS_URL lists made the signature" in page
    before = looked_for_keys(google)
    page_of(owner_browser, cast, google)
    assert looked_for_keys(google) == before


@pytest.mark.parametrize(
    ("scenario", "said"),
    [
        ("wrong-iss", "is from https://issuer.example; GOOGLE_ISSUER is https://accounts.google"),
        ("wrong-aud", "is for somebody-else.apps.googleusercontent.com, not for portal.apps"),
        ("wrong-nonce", "made for another sign-in (nonce)"),
        ("future-iat", "not yet valid (iat)"),
        ("callback-wrong-iss", "names the issuer https://issuer.example; GOOGLE_ISSUER is"),
        ("token-type-mac", "of the type mac; only Bearer can be used"),
    ],
)
def test_what_was_not_believed_is_told_to_whoever_set_the_portal_up(
    owner_browser: Client, cast: Cast, google: EmulatorThread, scenario: str, said: str
) -> None:
    script(google, scenario)
    page = page_of(owner_browser, cast, google)
    assert FLOW_PAGES[FlowOutcome.UNTRUSTED].happened in page
    assert said in page
    assert "portal.apps.googleusercontent.com" in page
    assert not leaks([page])


def test_a_refresh_that_brings_another_type_of_token_keeps_the_permission(
    owner_browser: Client, cast: Cast, google: EmulatorThread
) -> None:
    row = connected(owner_browser, cast.tenant, google)
    script(google, "token-type-mac")
    with pytest.raises(Exception, match="a type that the portal cannot use"):
        refreshed(row)
    row.refresh_from_db()
    assert row.is_usable
    doctor = reverse("connection-doctor", args=[cast.tenant.slug, row.pk])
    page = owner_browser.get(doctor).content.decode()
    assert "only Bearer can be used" in page
    stop_scripting(google)
    assert refreshed(row).error_kind == ""


ERRORS = [
    ("server_error", FlowOutcome.GOOGLE_FAILED),
    ("temporarily_unavailable", FlowOutcome.GOOGLE_FAILED),
    ("interaction_required", FlowOutcome.GOOGLE_FAILED),
    ("invalid_request", FlowOutcome.REQUEST_REFUSED),
    ("invalid_scope", FlowOutcome.REQUEST_REFUSED),
    ("unauthorized_client", FlowOutcome.REQUEST_REFUSED),
    ("unsupported_response_type", FlowOutcome.REQUEST_REFUSED),
    ("org_internal", FlowOutcome.REQUEST_REFUSED),
    ("something_new", FlowOutcome.REQUEST_REFUSED),
    ("admin_policy_enforced", FlowOutcome.BLOCKED),
    ("<script>", FlowOutcome.UNTRUSTED),
]


@pytest.mark.parametrize(("error", "outcome"), ERRORS)
def test_an_error_in_the_callback_is_told_as_what_it_is(
    owner_browser: Client, cast: Cast, google: EmulatorThread, error: str, outcome: FlowOutcome
) -> None:
    script(google, "redirect-error", error=error, description='unsupported <prompt> "value"')
    page = page_of(owner_browser, cast, google)
    assert FLOW_PAGES[outcome].happened in page
    assert FLOW_PAGES[outcome].next_step in page
    assert "exchange the code" not in page
    if outcome is not FlowOutcome.UNTRUSTED:
        assert f"Google answered {error}: unsupported &lt;prompt&gt;  value" in page
    assert exchanges_of(cast.tenant) == []


@pytest.mark.parametrize(
    ("scenario", "outcome", "said"),
    [
        ("org-internal", FlowOutcome.MISCONFIGURED, "audience is Internal"),
        ("admin-policy", FlowOutcome.BLOCKED, "restricted by an administrator"),
        ("client-secret-rotated", FlowOutcome.MISCONFIGURED, "client secret is wrong"),
    ],
)
def test_whose_fault_a_refused_exchange_is_stands_on_its_page(
    owner_browser: Client,
    cast: Cast,
    google: EmulatorThread,
    scenario: str,
    outcome: FlowOutcome,
    said: str,
) -> None:
    back = leave_to_connect(owner_browser, cast.tenant)
    back = path_of(Person(google.base_url, AGENCY).consent(back))
    script(google, scenario)
    answer = owner_browser.get(back)
    page = owner_browser.get(answer["Location"]).content.decode().replace("&#x27;", "'")
    assert FLOW_PAGES[outcome].happened in page
    assert said in page


def test_permissions_that_a_refresh_does_not_bring_any_more_are_taken_away(
    owner_browser: Client, cast: Cast, google: EmulatorThread
) -> None:
    row = connected(owner_browser, cast.tenant, google)
    script(google, "refresh-fewer-scopes", times=1, drop=ANALYTICS_EDIT)
    with pytest.raises(ConnectionUnusable):
        refreshed(row)
    row.refresh_from_db()
    assert (row.status, row.reason) == ("needs_reconnect", ReconnectReason.MISSING_SCOPE)
    assert ANALYTICS_EDIT not in row.granted
    page = owner_browser.get(row.get_absolute_url()).content.decode()
    assert "A permission was not granted" in page


def widen(world: World, extra: set[str]) -> None:
    """Let every refresh token stand for more, as after a grant to the project's other client."""
    for token in world.state.refresh_tokens.values():
        token.scopes = sorted({*token.scopes, *extra})


def test_an_optional_permission_that_goes_ends_nothing_else_and_is_recorded(
    owner_browser: Client, cast: Cast, google: EmulatorThread
) -> None:
    row = connected(owner_browser, cast.tenant, google)
    extra = {ANALYTICS_EDIT, ANALYTICS_MANAGE_USERS}
    google.call(lambda world: widen(world, extra))
    assert refreshed(row).granted >= extra
    script(google, "refresh-fewer-scopes", times=1, drop=ANALYTICS_MANAGE_USERS)
    assert ANALYTICS_MANAGE_USERS not in refreshed(row).granted
    assert row.is_usable
    refreshed(row)
    with across_tenants():
        told = AuditEvent.objects.filter(tag="tokens:connection:scopes_changed")
        assert told.count() == 2


def test_nothing_is_mailed_to_an_address_that_google_has_not_confirmed(
    owner_browser: Client, cast: Cast, google: EmulatorThread
) -> None:
    script(google, "email-unverified")
    row = connected(owner_browser, cast.tenant, google)
    assert not row.email_verified
    with tenant_scope(cast.tenant):
        needs_reconnect(row, ReconnectReason.REVOKED, by_worker())
    assert "E-mail it to" not in owner_browser.get(row.get_absolute_url()).content.decode()
    address = reverse("connection-link", args=[cast.tenant.slug, row.pk])
    for act in (
        owner_browser.post(address, {"mail": "1"}, follow=True),
        owner_browser.post(reverse("connections-ask", args=[cast.tenant.slug]), follow=True),
    ):
        said = act.content.decode().replace("&#x27;", "'")
        assert f"Nothing was mailed to {AGENCY}: Google hasn't confirmed" in said
    assert mail.outbox == []
    assert "/reconnect/" in owner_browser.post(address).content.decode()
    stop_scripting(google)
    assert connected(owner_browser, cast.tenant, google).email_verified
