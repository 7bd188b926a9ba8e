"""the OAuth flow, as it goes when all is well."""

from django.test import Client
from django.urls import reverse

from accounts.tenancy.scope import across_tenants, tenant_scope
from tests.cast import Cast, signed_in
from tests.emulator.person import Person
from tests.emulator.thread import EmulatorThread
from tests.journeys import AGENCY, connect, connected, leave_to_connect, path_of
from tokens.connections.models.connection import GoogleConnection
from tokens.connections.models.ledger import IssuedRefreshToken
from tokens.connections.models.oauth_flow import OAuthFlow
from tokens.connections.states import ConnectionStatus, FlowOutcome
from tokens.encryption.sealing import reveal
from tokens.exchanges.models import Exchange


def test_a_granted_account_is_connected_with_sealed_tokens_and_a_ledger_row(
    owner_browser: Client, cast: Cast, google: EmulatorThread
) -> None:
    connection = connected(owner_browser, cast.tenant, google)
    assert connection.status == ConnectionStatus.ACTIVE
    assert reveal(connection, "refresh_token").startswith("1//emu-")
    assert reveal(connection, "access_token").startswith("ya29.emu-")
    with tenant_scope(cast.tenant):
        assert IssuedRefreshToken.objects.filter(connection=connection, state="live").count() == 1


def test_the_answer_is_a_redirect_to_a_clean_address(
    owner_browser: Client, cast: Cast, google: EmulatorThread
) -> None:
    answer = connect(owner_browser, cast.tenant, google)
    assert answer.status_code == 303
    assert "code=" not in answer["Location"]
    assert "state=" not in answer["Location"]
    assert answer["Referrer-Policy"] == "no-referrer"
    assert answer["Cache-Control"] == "no-store"


def test_the_consent_page_is_asked_for_offline_access_with_pkce_state_and_nonce(
    owner_browser: Client, cast: Cast, google: EmulatorThread
) -> None:
    url = leave_to_connect(owner_browser, cast.tenant)
    for part in (
        "access_type=offline",
        "code_challenge_method=S256",
        "code_challenge=",
        "state=",
        "nonce=",
        "include_granted_scopes=true",
        "redirect_uri=http%3A%2F%2Ftestserver%2Fgoogle%2Fcallback%2F",
    ):
        assert part in url


def test_what_protects_a_flow_is_stored_hashed_or_sealed_and_forgotten_afterwards(
    owner_browser: Client, cast: Cast, google: EmulatorThread
) -> None:
    url = leave_to_connect(owner_browser, cast.tenant)
    state = url.partition("&state=")[2].partition("&")[0]
    with across_tenants():
        flow = OAuthFlow.objects.get()
    assert state not in str(vars(flow))
    assert str(flow.code_verifier).startswith("sealed")
    owner_browser.get(path_of(Person(google.base_url, AGENCY).consent(url)))
    with across_tenants():
        flow = OAuthFlow.objects.get()
    assert flow.code_verifier is None
    assert flow.outcome == FlowOutcome.CONNECTED


def test_connecting_the_same_account_again_renews_the_connection_it_has(
    owner_browser: Client, cast: Cast, google: EmulatorThread
) -> None:
    first = connected(owner_browser, cast.tenant, google)
    again = connected(owner_browser, cast.tenant, google)
    assert first.pk == again.pk
    assert reveal(first, "access_token") != reveal(again, "access_token")
    with tenant_scope(cast.tenant):
        states = sorted(IssuedRefreshToken.objects.values_list("state", flat=True))
    assert states == ["live"]


def test_two_tenants_may_connect_the_same_google_account(
    owner_browser: Client, cast: Cast, google: EmulatorThread
) -> None:
    mine = connected(owner_browser, cast.tenant, google)
    theirs = connected(signed_in(cast.outsider), cast.elsewhere, google)
    assert mine.sub == theirs.sub
    assert mine.pk != theirs.pk


def test_a_person_comes_back_to_the_page_they_left_from(
    owner_browser: Client, cast: Cast, google: EmulatorThread
) -> None:
    wanted = reverse("requests", args=[cast.tenant.slug])
    url = leave_to_connect(owner_browser, cast.tenant, return_to=wanted)
    answer = owner_browser.get(path_of(Person(google.base_url, AGENCY).consent(url)))
    assert answer["Location"] == wanted


def test_nobody_is_sent_to_another_site_or_another_tenant(
    owner_browser: Client, cast: Cast, google: EmulatorThread
) -> None:
    elsewhere = reverse("requests", args=[cast.elsewhere.slug])
    acme = f"/t/{cast.tenant.slug}/"
    for hostile in (
        "https://evil.example/",
        "//evil.example/",
        elsewhere,
        f"{acme}\\evil.example",
        f"https:{acme}",
        f"/{acme}",
        f"\t{acme}",
        "javascript:alert(1)",
    ):
        url = leave_to_connect(owner_browser, cast.tenant, return_to=hostile)
        answer = owner_browser.get(path_of(Person(google.base_url, AGENCY).consent(url)))
        assert answer["Location"].startswith(acme), hostile
        assert "evil" not in answer["Location"].replace("%5Cevil", "")


def test_the_exchange_is_written_down_without_its_secrets(
    owner_browser: Client, cast: Cast, google: EmulatorThread
) -> None:
    connected(owner_browser, cast.tenant, google)
    with tenant_scope(cast.tenant):
        exchange = Exchange.objects.get()
    assert exchange.status == 200
    assert exchange.request_body["grant_type"] == "authorization_code"
    written = f"{exchange.request_body} {exchange.response_body} {exchange.url}"
    for secret in ("ya29.", "1//", "4/0", "GOCSPX", "eyJ"):
        assert secret not in written


def test_an_unknown_parameter_in_the_answer_does_no_harm(
    owner_browser: Client, cast: Cast, google: EmulatorThread
) -> None:
    url = leave_to_connect(owner_browser, cast.tenant)
    back = Person(google.base_url, AGENCY, scenario="callback-extra-params").consent(url)
    owner_browser.get(path_of(back))
    with tenant_scope(cast.tenant):
        assert GoogleConnection.objects.count() == 1
