"""A tenant's own OAuth client: recognised, tried, sealed, checked, given a second secret."""

from typing import Any

import pytest
from django.conf import settings as django_settings
from django.test import Client
from django.utils.html import escape

from accounts.audit.models.event import AuditEvent
from accounts.tenancy.scope import across_tenants, tenant_scope
from tests.cast import Cast
from tests.test_credentials.conftest import Desk
from tests.test_credentials.consoles import (
    RETURNS,
    client_file,
    end_secret,
    kept,
    own,
    second_file,
    secret_of,
    upload_client,
)
from tokens.clients.models.client import ClientSecret, OAuthClient
from tokens.encryption.sealing import reveal
from tokens.exchanges.models import Exchange


def nothing_is_kept() -> bool:
    with across_tenants():
        return not (
            OAuthClient.objects.filter(tenant__isnull=False).exists()
            or ClientSecret.objects.exists()
        )


def tags() -> list[str]:
    with across_tenants():
        found = AuditEvent.objects.filter(tag__startswith="tokens:client:").order_by("created_at")
        return [tag.rpartition(":")[2] for tag in found.values_list("tag", flat=True)]


def test_a_client_that_google_accepts_is_sealed_and_shows_the_last_four_of_its_secret(
    desk: Desk, cast: Cast
) -> None:
    file = client_file(desk)
    page = upload_client(desk, file)
    assert "Google accepts acme-project" in page
    assert secret_of(file) not in page
    assert secret_of(file)[-4:] in page
    (row,) = kept()
    assert secret_of(file) not in str(vars(row))
    with tenant_scope(cast.tenant):
        assert reveal(row, "secret") == secret_of(file)
    assert tags() == ["added"]


def test_id_and_secret_can_be_typed_instead(desk: Desk) -> None:
    web = client_file(desk)["web"]
    page = upload_client(
        desk, None, name="Ours", client_id=web["client_id"], secret=web["client_secret"]
    )
    assert "Google accepts Ours" in page
    assert web["client_secret"] not in page


def test_trying_a_client_leaves_no_secret_in_the_record_of_exchanges(desk: Desk) -> None:
    file = client_file(desk)
    upload_client(desk, file)
    with across_tenants():
        written = repr(list(Exchange.objects.values()))
    assert "invalid_grant" in written
    assert secret_of(file) not in written


def test_a_wrong_secret_is_told_from_an_unknown_client(desk: Desk) -> None:
    file = client_file(desk)
    file["web"]["client_secret"] = "GOCSPX-canary-wrong"
    page = upload_client(desk, file)
    assert "The client secret is wrong" in page
    assert "canary" not in page
    file["web"]["client_id"] = "1-canary.apps.googleusercontent.com"
    assert "Google knows no client with this id" in upload_client(desk, file)
    assert nothing_is_kept()


@pytest.mark.parametrize(
    ("status", "words"),
    [("disabled", "was disabled at Google"), ("deleted", "restore it for 30 days")],
)
def test_a_client_that_is_disabled_or_deleted_at_google_is_refused_as_that(
    desk: Desk, status: str, words: str
) -> None:
    assert words in upload_client(desk, client_file(desk, status=status))
    assert nothing_is_kept()


def test_when_google_cannot_be_asked_nothing_is_kept(desk: Desk) -> None:
    file = client_file(desk)
    desk.console("scenario", name="token-503-html", times=1)
    assert "Google&#x27;s back end failed." in upload_client(desk, file)
    assert nothing_is_kept()


CANARY = "GOCSPX-canary-in-a-file"
WRONG_FILES: list[tuple[Any, str]] = [
    (b"", "The submitted file is empty"),
    (b"   ", "The file is empty"),
    (b"\x30\x82 canary", "This is no JSON file"),
    (b'{"web": {"client_id": "canary', "cut off or damaged"),
    (b"[" * 20_000, "This is no JSON file"),
    (b'{"web":' + b"[" * 20_000, "nested far deeper"),
    (b" " * 40_000, "too large"),
    ({"installed": {"client_id": "x", "client_secret": CANARY}}, "of the type Desktop app"),
    ({"type": "service_account", "private_key": CANARY}, "Add a service account"),
    ({"type": "authorized_user", "client_secret": CANARY}, "permission of a single person"),
    ({"hello": CANARY}, "not that of an OAuth client"),
    ({"web": CANARY}, "not that of an OAuth client"),
    ({"web": {"client_id": "1-x.apps.googleusercontent.com"}}, "lacks client_secret"),
    ({"web": {"client_id": 1, "client_secret": CANARY}}, "lacks client_id"),
    ({"web": {"client_id": "canary.example", "client_secret": CANARY}}, "client id is none of"),
    (
        {"web": {"client_id": "1-x.apps.googleusercontent.com", "client_secret": "can ary"}},
        "client secret is none of",
    ),
]


@pytest.mark.parametrize(("content", "words"), WRONG_FILES)
def test_a_wrong_file_is_named_not_echoed_and_not_sent_to_google(
    desk: Desk, content: Any, words: str
) -> None:
    page = upload_client(desk, content)
    assert words in page
    assert "canary" not in page
    assert "Nothing was kept." in page
    assert not desk.google.world.log.entries
    assert nothing_is_kept()


@pytest.mark.parametrize(
    ("uri", "difference"),
    [
        ("http://testserver/google/callback", "the trailing slash"),
        ("http://testserver/Google/callback/", "upper and lower case"),
        ("https://testserver/google/callback/", "http and https"),
    ],
)
def test_a_return_address_that_differs_is_named_with_the_exact_value_to_register(
    desk: Desk, uri: str, difference: str
) -> None:
    page = upload_client(desk, client_file(desk, redirect_uris=[uri, RETURNS[1]]))
    assert f"{uri} is registered, which differs in {difference}." in page
    assert f"Register exactly {RETURNS[0]}" in page
    assert nothing_is_kept()


def test_the_page_shows_both_addresses_to_register_before_anything_is_sent(desk: Desk) -> None:
    page = desk.browser.get(f"/t/{desk.slug}/credentials/clients/new/").content.decode()
    assert all(uri in page for uri in RETURNS)


def test_the_portal_s_own_client_is_not_added_by_a_tenant(desk: Desk) -> None:
    client_id = django_settings.GOOGLE_CLIENT_ID
    page = upload_client(desk, None, client_id=client_id, secret="GOCSPX-emu-portal")
    assert escape("This is the portal's own client") in page
    assert nothing_is_kept()


def test_a_client_is_added_once(desk: Desk) -> None:
    file = client_file(desk)
    upload_client(desk, file)
    assert "It is here already" in upload_client(desk, file)


def test_two_tenants_may_bring_the_same_client(desk: Desk, cast: Cast, outsider: Desk) -> None:
    file = client_file(desk)
    upload_client(desk, file)
    assert "Google accepts" in upload_client(outsider, file)
    assert len({row.tenant_id for row in kept()}) == 2


@pytest.fixture
def outsider(cast: Cast, desk: Desk) -> Desk:
    browser = Client()
    browser.force_login(
        cast.outsider, backend="allauth.account.auth_backends.AuthenticationBackend"
    )
    return Desk(browser, cast.elsewhere.slug, desk.google)


def test_a_check_says_what_google_says_and_is_recorded(desk: Desk) -> None:
    file = client_file(desk)
    upload_client(desk, file)
    assert "accepted it just now" in desk.post("credential-client-check", own().pk).content.decode()
    end_secret(desk, own(), secret_of(file))
    page = desk.post("credential-client-check", own().pk).content.decode()
    assert "does not work. The client secret is wrong" in page
    assert kept()[0].is_refused
    assert tags() == ["added", "checked", "checked"]


def test_a_second_secret_is_tried_kept_and_goes_first(desk: Desk, cast: Cast) -> None:
    upload_client(desk, client_file(desk))
    second = second_file(desk, own())
    page = upload_client(desk, second, own().pk)
    assert "uses the new secret" in page
    assert secret_of(second) not in page
    newest, old = kept()
    with tenant_scope(cast.tenant):
        assert reveal(newest, "secret") == secret_of(second)
    assert "Two secrets are here" in page
    assert old.last_four in page
    assert "secret_added" in tags()


def test_a_second_secret_can_be_typed(desk: Desk) -> None:
    upload_client(desk, client_file(desk))
    secret = secret_of(second_file(desk, own()))
    assert "uses the new secret" in upload_client(desk, None, own().pk, secret=secret)


def test_a_second_secret_that_does_not_fit_changes_nothing(desk: Desk) -> None:
    first = client_file(desk)
    upload_client(desk, first)
    foreign = client_file(desk)
    for content, words in (
        (first, "This secret is here already"),
        (foreign, escape("This is another client's.")),
        ({"web": {**first["web"], "client_secret": "GOCSPX-canary"}}, "The client secret is wrong"),
    ):
        assert words in upload_client(desk, content, own().pk)
    assert len(kept()) == 1


def test_a_third_secret_is_refused_as_google_would(desk: Desk) -> None:
    file = client_file(desk)
    upload_client(desk, file)
    upload_client(desk, second_file(desk, own()), own().pk)
    assert "Two secrets are here already" in upload_client(desk, file, own().pk)
    assert len(kept()) == 2


def test_the_old_secret_is_removed_when_the_new_one_works(desk: Desk) -> None:
    upload_client(desk, client_file(desk))
    upload_client(desk, second_file(desk, own()), own().pk)
    newest, old = kept()
    page = desk.post("credential-client-secret-remove", old.pk).content.decode()
    assert "is destroyed here" in page
    assert [row.pk for row in kept()] == [newest.pk]
    assert "secret_removed" in tags()


def test_a_secret_stays_when_it_is_the_only_one_or_the_only_one_that_works(desk: Desk) -> None:
    upload_client(desk, client_file(desk))
    (only,) = kept()
    page = desk.post("credential-client-secret-remove", only.pk).content.decode()
    assert "It is the only one" in page
    second = second_file(desk, own())
    upload_client(desk, second, own().pk)
    end_secret(desk, own(), secret_of(second))
    page = desk.post("credential-client-secret-remove", only.pk).content.decode()
    assert "The other one does not work, so this one stays" in page
    assert len(kept()) == 2
