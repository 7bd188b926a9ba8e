"""The page of credentials: what hangs on each, and nothing of any other tenant."""

from django.urls import reverse

from tests.cast import Cast, signed_in
from tests.rows import connection_row
from tests.test_credentials.conftest import Desk


def page_of(desk: Desk) -> str:
    answer = desk.browser.get(reverse("credentials", args=[desk.slug]))
    return " ".join(answer.content.decode().split())


def test_what_stops_with_a_client_is_counted_for_this_tenant_only(desk: Desk, cast: Cast) -> None:
    connection_row(cast.tenant)
    connection_row(cast.elsewhere)
    assert "1 connected Google account would stop with it." in page_of(desk)


def test_a_viewer_sees_the_cards_and_no_buttons(desk: Desk, cast: Cast) -> None:
    desk.upload(desk.key_files()[0])
    viewer = signed_in(cast.viewer)
    page = viewer.get(reverse("credentials", args=[desk.slug])).content.decode()
    assert "robot@acme-project" in page
    assert "Check now" not in page
    assert "Ask an owner or admin" in page


def test_an_outsider_sees_nothing(desk: Desk, cast: Cast) -> None:
    outsider = signed_in(cast.outsider)
    assert outsider.get(reverse("credentials", args=[desk.slug])).status_code == 404
