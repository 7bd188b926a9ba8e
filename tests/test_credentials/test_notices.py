"""What was done to a credential is told on its card, where the redirect leads, and only once."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from tests.cast import Cast
from tests.test_credentials.conftest import Desk
from tokens.service_accounts.models.service_account import ServiceAccount


def card(page: str, name: str) -> str:
    """The card with this id."""
    return page.split(f'id="{name}"', 1)[1].split("</article>", 1)[0]


def top(page: str) -> str:
    """What stands above the page's own content."""
    return page.split('id="main"', 1)[1].split('class="page-head"', 1)[0]


def opened(browser: Client, answer_location: str) -> str:
    return browser.get(answer_location.partition("#")[0]).content.decode()


@pytest.fixture
def account(desk: Desk) -> ServiceAccount:
    desk.upload(desk.key_files()[0])
    return ServiceAccount._base_manager.select_related("tenant").get()


@pytest.mark.parametrize("act", ["credential-account-check", "credential-account-rotate"])
def test_the_card_says_it_and_the_top_does_not(
    desk: Desk, account: ServiceAccount, act: str
) -> None:
    opened(desk.browser, account.get_absolute_url())
    answer = desk.browser.post(reverse(act, args=[desk.slug, account.pk]))
    page = opened(desk.browser, answer["Location"])
    assert "data-notice" in card(page, f"account-{account.pk}")
    assert "data-notice" not in top(page)
    assert "data-notice" not in opened(desk.browser, account.get_absolute_url())


def test_what_was_added_says_so_on_its_own_card(desk: Desk) -> None:
    page = desk.upload(desk.key_files()[0])
    row = ServiceAccount._base_manager.get()
    assert "works, and its key is sealed here." in card(page, f"account-{row.pk}")
    focused = re.search(r'role="status"\s+tabindex="-1"\s+data-notice', page)
    assert focused is not None


def test_another_page_that_is_opened_first_says_it_at_its_top(
    desk: Desk, cast: Cast, account: ServiceAccount
) -> None:
    check = reverse("credential-account-check", args=[desk.slug, account.pk])
    assert desk.browser.post(check).status_code == 303
    page = desk.browser.get(cast.tenant.get_absolute_url()).content.decode()
    assert "works: Google accepted it just now." in top(page)


def test_what_is_gone_is_told_at_the_top(desk: Desk, account: ServiceAccount) -> None:
    opened(desk.browser, account.get_absolute_url())
    answer = desk.browser.post(reverse("credential-account-remove", args=[desk.slug, account.pk]))
    page = opened(desk.browser, answer["Location"])
    assert "is removed and its key destroyed here" in top(page)
