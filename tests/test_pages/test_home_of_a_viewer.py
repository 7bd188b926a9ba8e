"""Home of somebody who may only look: what waits is shown, and nothing is promised by a button."""

from django.test import Client

from provisioning.requests.states import Status
from tests.cast import Cast, signed_in
from tests.rows import connection_row, request_row


def test_what_waits_is_named_for_what_each_role_can_do_about_it(
    owner_browser: Client, cast: Cast
) -> None:
    request_row(connection_row(cast.tenant), Status.DECLINED)
    path = cast.tenant.get_absolute_url()
    owner_s = owner_browser.get(path).content.decode()
    viewer_s = signed_in(cast.viewer).get(path).content.decode()
    assert "<h1>Action required</h1>" in owner_s
    assert "Try again" in owner_s
    assert "<h1>Waiting</h1>" in viewer_s
    assert "1 thing waits for an owner or admin." in viewer_s
    assert ">View<" in viewer_s
    assert "Try again" not in viewer_s
