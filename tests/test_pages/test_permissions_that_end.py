"""A permission that Google ends at a known moment is spoken of before it ends."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.cast import Cast
from tests.rows import connection_row
from tokens.connections.models.connection import GoogleConnection
from tokens.connections.refresh_schedule import ends_in

DAY = timedelta(days=1)


@pytest.fixture
def row(cast: Cast) -> GoogleConnection:
    return connection_row(cast.tenant)


def ends(left: timedelta) -> None:
    GoogleConnection._base_manager.update(refresh_expires_at=timezone.now() + left)


@pytest.mark.parametrize(
    ("left", "words"),
    [
        (7 * DAY, "Expires in 7 days"),
        (3 * DAY - timedelta(minutes=5), "Expires in 3 days"),
        (timedelta(hours=36), "Expires in 2 days"),
        (timedelta(hours=30), "Expires in 30 hours"),
        (timedelta(minutes=61), "Expires in 1 hour"),
        (timedelta(minutes=5), "Expires within the hour"),
        (timedelta(minutes=-5), "Expired"),
    ],
)
def test_the_end_in_words(left: timedelta, words: str) -> None:
    assert ends_in(left) == words


def test_the_list_says_when_and_offers_to_reconnect(
    owner_browser: Client, cast: Cast, row: GoogleConnection
) -> None:
    ends(3 * DAY)
    page = owner_browser.get(reverse("connections", args=[cast.tenant.slug])).content.decode()
    assert "Expires in 3 days" in page
    assert reverse("connection-reconnect", args=[cast.tenant.slug, row.pk]) in page


def test_the_connections_own_page_says_why_and_offers_to_reconnect(
    owner_browser: Client, cast: Cast, row: GoogleConnection
) -> None:
    ends(3 * DAY)
    page = owner_browser.get(row.get_absolute_url()).content.decode()
    assert "Expires in 3 days" in page
    assert "Testing mode" in page
    assert "Reconnect at Google" in page


def test_the_home_page_counts_it_among_what_needs_a_person(
    owner_browser: Client, cast: Cast, row: GoogleConnection
) -> None:
    ends(2 * DAY)
    page = owner_browser.get(cast.tenant.get_absolute_url()).content.decode()
    assert "Expires in 2 days" in page
    assert row.get_absolute_url() in page


@pytest.mark.parametrize("left", [None, 30 * DAY])
def test_a_permission_that_lasts_says_nothing(
    owner_browser: Client, cast: Cast, row: GoogleConnection, left: timedelta | None
) -> None:
    if left is not None:
        ends(left)
    for address in (
        reverse("connections", args=[cast.tenant.slug]),
        row.get_absolute_url(),
        cast.tenant.get_absolute_url(),
    ):
        assert "Expires in" not in owner_browser.get(address).content.decode()
