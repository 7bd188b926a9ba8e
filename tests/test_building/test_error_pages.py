"""Error pages: the right status, what happened, what was not done, one step.

A reference stands on those alone under which staff find something.
"""

import pytest
from django.test import Client, RequestFactory

from portal.pages.views import errors
from tests.cast import Cast


@pytest.mark.parametrize(
    ("view", "status"),
    [
        (errors.bad_request, 400),
        (errors.forbidden, 403),
        (errors.csrf_failure, 403),
        (errors.not_found, 404),
        (errors.not_allowed, 405),
        (errors.server_error, 500),
    ],
)
def test_every_error_has_a_page_that_says_what_was_not_done(
    rf: RequestFactory, view: object, status: int
) -> None:
    answer = view(rf.get("/"))  # type: ignore[operator]  # views of different signatures
    text = answer.content.decode()
    assert answer.status_code == status
    assert "What happened" in text
    assert "What was not done" in text


def test_a_page_under_which_nothing_is_kept_offers_no_reference(db: None) -> None:
    answer = Client().get("/no/such/page/")
    assert answer.status_code == 404
    assert answer["X-Reference-Id"]
    assert "Reference" not in answer.content.decode()


@pytest.mark.parametrize("path", ["/reconnect/nope/", "/mails/stop/nope/"])
def test_a_link_of_a_mail_that_leads_nowhere_says_how_to_get_another(db: None, path: str) -> None:
    assert "Ask whoever sent it for a new one." in Client().get(path).content.decode()
    assert "Ask whoever sent it" not in Client().get("/no/such/page/").content.decode()


def test_a_button_s_address_that_is_opened_by_itself_has_a_page(
    owner_browser: Client, cast: Cast
) -> None:
    answer = owner_browser.get(f"/t/{cast.tenant.slug}/connections/start/")
    page = answer.content.decode()
    assert answer.status_code == 405
    assert answer["Allow"] == "POST"
    assert "nothing was changed" in page


def test_a_form_without_token_is_refused(cast: Cast) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(cast.owner, "allauth.account.auth_backends.AuthenticationBackend")
    answer = browser.post(f"/t/{cast.tenant.slug}/connections/start/")
    assert answer.status_code == 403


def test_a_crash_shows_no_detail(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(*_: object) -> None:
        raise RuntimeError("canary detail 1//emu-canary")

    monkeypatch.setattr("portal.pages.views.home.needs", crash)
    browser = Client(raise_request_exception=False)
    browser.force_login(cast.owner, "allauth.account.auth_backends.AuthenticationBackend")
    answer = browser.get(f"/t/{cast.tenant.slug}/")
    assert answer.status_code == 500
    assert "canary" not in answer.content.decode()
