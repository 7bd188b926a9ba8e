"""Every page below a tenant, asked for by somebody who has no business there."""

import uuid
from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from provisioning.requests.models.request import ProvisioningRequest
from tests.cast import Cast, signed_in
from tests.rows import connection_row, request_row

TENANT_PAGES = "t/<slug:slug>/"


def tenant_routes() -> Iterator[tuple[str, bool]]:
    """(name, whether it takes an id) of every route below a tenant."""
    for pattern in flat(get_resolver().url_patterns):
        if str(pattern.pattern).startswith(TENANT_PAGES):
            yield str(pattern.name), "<uuid:pk>" in str(pattern.pattern)


def flat(patterns: list[URLPattern | URLResolver]) -> Iterator[URLPattern]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from flat(pattern.url_patterns)
        else:
            yield pattern


ROUTES = sorted(tenant_routes())
WITH_ID = [name for name, takes_id in ROUTES if takes_id]


def address(name: str, slug: str, pk: uuid.UUID | None) -> str:
    return reverse(name, args=[slug, pk] if name in WITH_ID else [slug])


def test_there_are_routes_to_look_at() -> None:
    assert len(ROUTES) >= 14


@pytest.mark.parametrize("name", [name for name, _ in ROUTES])
@pytest.mark.parametrize("method", ["get", "post"])
def test_an_outsider_gets_the_same_404_for_a_tenant_that_exists_and_one_that_does_not(
    cast: Cast, name: str, method: str
) -> None:
    browser = signed_in(cast.outsider)
    pk = uuid.uuid4()
    real = getattr(browser, method)(address(name, cast.tenant.slug, pk))
    unreal = getattr(browser, method)(address(name, "no-such-tenant", pk))
    assert real.status_code == unreal.status_code
    assert real.status_code in (404, 405)
    if real.status_code == 404:
        assert same(real.content, unreal.content)


@pytest.mark.parametrize("name", WITH_ID)
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_foreign_object_looks_like_one_that_does_not_exist(
    cast: Cast, name: str, method: str
) -> None:
    connection = connection_row(cast.elsewhere)
    request = request_row(connection)
    browser = signed_in(cast.owner)
    for foreign in (connection.pk, request.pk):
        real = getattr(browser, method)(address(name, cast.tenant.slug, foreign))
        unreal = getattr(browser, method)(address(name, cast.tenant.slug, uuid.uuid4()))
        assert real.status_code == unreal.status_code
        assert real.status_code in (404, 405)
        if real.status_code == 404:
            assert same(real.content, unreal.content)
    assert ProvisioningRequest._base_manager.get(pk=request.pk).status == request.status


@pytest.mark.parametrize("name", [name for name, _ in ROUTES])
def test_nobody_is_sent_to_sign_in_first(cast: Cast, name: str) -> None:
    answer = Client().get(address(name, cast.tenant.slug, uuid.uuid4()))
    assert answer.status_code in (302, 405)
    if answer.status_code == 302:
        assert answer["Location"].startswith(reverse("account_login"))


def same(one: bytes, other: bytes) -> bool:
    """Equal but for what differs between any two pages: ids, nonces, tokens."""
    marks = (b"eference", b"nonce", b"csrfmiddlewaretoken", b'name="next"')

    def kept(page: bytes) -> list[bytes]:
        return [line for line in page.splitlines() if not any(mark in line for mark in marks)]

    return kept(one) == kept(other)


VIEWER_MAY_NOT_READ = ["audit", "audit-export"]
VIEWER_MAY_NOT = [
    "connection-disconnect",
    "connection-start",
    "connection-reconnect",
    "request-new",
    "request-again",
    "request-cancel",
    "request-check",
    "request-connect",
    "request-finish",
    "request-terms",
    "request-use",
    "requests-bulk",
    "request-start",
    "request-existing",
    "request-details",
    "provisioning-settings",
    "flow-again",
    "connection-link",
    "connections-ask",
    "member-role",
    "member-remove",
    "member-transfer",
    "members-invite",
    "invitation-send",
    "invitation-link",
    "invitation-revoke",
    "tenant-settings",
    "credential-account-check",
    "credential-account-key",
    "credential-account-new",
    "credential-account-remove",
    "credential-account-rotate",
    "credential-account-schedule",
    "credential-api-key-check",
    "credential-api-key-new",
    "credential-api-key-project",
    "credential-api-key-remove",
    "credential-client-check",
    "credential-client-new",
    "credential-client-remove",
    "credential-client-secret",
    "credential-client-secret-remove",
]


@pytest.mark.parametrize("name", VIEWER_MAY_NOT)
def test_a_viewer_changes_nothing_and_is_told_why(cast: Cast, name: str) -> None:
    request = request_row(connection_row(cast.tenant))
    answer = signed_in(cast.viewer).post(address(name, cast.tenant.slug, request.pk))
    assert answer.status_code == 403
    assert "you are viewer" in answer.content.decode()
    after = ProvisioningRequest._base_manager.get(pk=request.pk)
    assert (after.status, after.fencing_token) == (request.status, request.fencing_token)


@pytest.mark.parametrize("name", VIEWER_MAY_NOT_READ)
def test_what_a_viewer_may_not_read_says_why(cast: Cast, name: str) -> None:
    answer = signed_in(cast.viewer).get(reverse(name, args=[cast.tenant.slug]))
    assert answer.status_code == 403
    assert "you are viewer" in answer.content.decode()


@pytest.mark.parametrize("name", ["home", "connections", "credentials", "requests", "members"])
def test_a_viewer_sees_the_lists(cast: Cast, name: str) -> None:
    assert signed_in(cast.viewer).get(reverse(name, args=[cast.tenant.slug])).status_code == 200


def test_lists_show_own_rows_only(cast: Cast) -> None:
    request_row(connection_row(cast.tenant, "mine@gmail.example"), account_name="Mine Ltd")
    request_row(connection_row(cast.elsewhere, "theirs@gmail.example"), account_name="Theirs Ltd")
    browser = signed_in(cast.owner)
    for name in ("home", "connections", "requests"):
        page = browser.get(reverse(name, args=[cast.tenant.slug])).content.decode()
        assert "theirs" not in page.lower()
