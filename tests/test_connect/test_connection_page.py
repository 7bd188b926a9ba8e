"""The page of a connection: what it may do while it works, and what to press when it does not."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from accounts.audit.recording import by_worker
from accounts.tenancy.scope import tenant_scope
from tests.cast import Cast, signed_in
from tests.rows import connection_row
from tokens.connections.models.connection import GoogleConnection
from tokens.connections.services.status import needs_reconnect
from tokens.connections.states import ConnectionStatus, ReconnectReason

PRIMARY = re.compile(r'class="button primary"[^>]*>([^<]+)<')
TICK = "M12.416 3.376"  # The path of the tick.


@pytest.fixture
def row(cast: Cast) -> GoogleConnection:
    return connection_row(cast.tenant)


def page_of(browser: Client, row: GoogleConnection, name: str = "connection") -> str:
    at = [row.tenant.slug, row.pk] if name == "connection" else [row.tenant.slug]
    return browser.get(reverse(name, args=at)).content.decode()


def broken(row: GoogleConnection, reason: ReconnectReason = ReconnectReason.REVOKED) -> None:
    with tenant_scope(row.tenant):
        needs_reconnect(row, reason, by_worker())


def permissions(page: str) -> str:
    return page.split('class="ticks')[1].split("</ul>", maxsplit=1)[0]


def test_what_works_is_ticked(owner_browser: Client, row: GoogleConnection) -> None:
    page = page_of(owner_browser, row)
    assert "What the portal may do" in page
    assert TICK in permissions(page)


@pytest.mark.parametrize("name", ["connection", "connections"])
@pytest.mark.parametrize("reason", [None, *ReconnectReason])
def test_nothing_is_ticked_while_it_is_dead(
    owner_browser: Client, row: GoogleConnection, name: str, reason: ReconnectReason | None
) -> None:
    if reason is None:
        GoogleConnection._base_manager.update(status=ConnectionStatus.DISCONNECTED)
    else:
        broken(row, reason)
    page = page_of(owner_browser, row, name)
    assert "Create and edit Google Analytics accounts" in permissions(page)
    assert TICK not in permissions(page)
    assert "Granted before." in page


@pytest.mark.parametrize("name", ["connection", "connections"])
def test_reconnect_is_the_only_primary_button(
    owner_browser: Client, cast: Cast, row: GoogleConnection, name: str
) -> None:
    connection_row(cast.tenant, "aaa-works@gmail.example")
    broken(row)
    buttons = [words.strip() for words in PRIMARY.findall(page_of(owner_browser, row, name))]
    assert len(buttons) == 1
    assert buttons[0].startswith("Reconnect")


def test_while_all_work_connecting_another_is(owner_browser: Client, row: GoogleConnection) -> None:
    buttons = PRIMARY.findall(page_of(owner_browser, row, "connections"))
    assert buttons == ["Connect a Google account"]


def test_test_and_disconnect_stand_at_the_top(owner_browser: Client, row: GoogleConnection) -> None:
    broken(row)
    page = page_of(owner_browser, row)
    head = page.split('class="page-head"')[1].split('class="stack"')[0]
    assert "Test connection" in head
    assert reverse("connection-disconnect", args=[row.tenant.slug, row.pk]) in head
    assert page.count("Test connection") == 1


def test_a_viewer_may_not_disconnect(cast: Cast, row: GoogleConnection) -> None:
    page = page_of(signed_in(cast.viewer), row)
    assert reverse("connection-disconnect", args=[row.tenant.slug, row.pk]) not in page
    assert not PRIMARY.findall(page)


def test_an_outsider_sees_none_of_it(cast: Cast, row: GoogleConnection) -> None:
    address = reverse("connection", args=[row.tenant.slug, row.pk])
    assert signed_in(cast.outsider).get(address).status_code == 404
