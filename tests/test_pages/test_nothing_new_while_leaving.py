"""An organisation that is about to be deleted offers nothing that it would then refuse."""

from django.test import Client
from django.urls import reverse

from accounts.audit.recording import by_worker
from accounts.offboarding.services.organisation_deletion import request_deletion
from provisioning.requests.states import Status
from tests.cast import Cast
from tests.rows import connection_row, request_row


def offers_a_new_request(browser: Client, cast: Cast) -> list[bool]:
    slug = cast.tenant.slug
    pages = [browser.get(reverse(name, args=[slug])) for name in ("home", "requests")]
    new = f'href="{reverse("request-new", args=[slug])}"'
    return [new in page.content.decode() for page in pages]


def test_new_requests_are_offered_until_the_deletion_is_asked_for(
    owner_browser: Client, cast: Cast
) -> None:
    assert offers_a_new_request(owner_browser, cast) == [True, True]
    request_row(connection_row(cast.tenant), Status.DECLINED)
    assert offers_a_new_request(owner_browser, cast) == [True, True]
    request_deletion(cast.tenant, by_worker())
    assert offers_a_new_request(owner_browser, cast) == [False, False]
