"""The doctor's page of a service account: from what happened at Google to one button."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection as database
from django.test import Client
from django.urls import reverse
from django.utils.html import escape

from accounts.tenancy.scope import across_tenants, tenant_scope
from tests.cast import Cast, signed_in
from tests.emulator.thread import EmulatorThread
from tests.scripting import script, stop_scripting
from tests.test_credentials.conftest import ROBOT, Desk
from tests.test_doctor.test_page import first_cause, verdict
from tokens.exchanges.models import Exchange
from tokens.service_accounts.models.rotation import ServiceAccountRotation
from tokens.service_accounts.models.service_account import ServiceAccount, ServiceAccountKey
from tokens.service_accounts.services.rotation import drive


class Practice(Desk):
    """A service account of Acme, and the doctor's page of it."""

    @property
    def row(self) -> ServiceAccount:
        with across_tenants():
            return ServiceAccount.objects.select_related("tenant").get()

    @property
    def address(self) -> str:
        return reverse("credential-account-doctor", args=[self.slug, self.row.pk])

    def page(self) -> str:
        answer = self.browser.get(self.address)
        assert answer.status_code == 200
        return str(answer.content.decode())

    def checked(self) -> str:
        """Press "Check again"; returns the page that follows."""
        address = reverse("credential-account-doctor-check", args=[self.slug, self.row.pk])
        answer = self.browser.post(address, follow=True)
        assert answer.status_code == 200
        return str(answer.content.decode())


@pytest.fixture
def practice(owner_browser: Client, cast: Cast, google: EmulatorThread) -> Iterator[Practice]:
    cache.clear()
    practice = Practice(owner_browser, cast.tenant.slug, google)
    practice.upload(practice.key_files()[0])
    yield practice
    cache.clear()


def test_one_that_works_is_said_to(practice: Practice) -> None:
    page = practice.page()
    assert verdict(page) == "This service account works"
    assert "Google issued it an access token just now." in page
    assert "cause-1" not in page
    assert "Check again" in page


def key_deleted(practice: Practice) -> None:
    practice.google.call(lambda world: world.state.service_account_keys.clear())


def key_disabled(practice: Practice) -> None:
    for key in practice.google.state.service_account_keys.values():
        key.disabled = True


def account_disabled(practice: Practice) -> None:
    practice.google.state.service_accounts[ROBOT].disabled = True


def account_deleted(practice: Practice) -> None:
    practice.google.call(lambda world: world.state.service_accounts.clear())


def clock_wrong(practice: Practice) -> None:
    practice.console("clock", offset_seconds=-900)


def google_down(practice: Practice) -> None:
    script(practice.google, "token-503-html")


def ciphertext_broken(practice: Practice) -> None:
    del practice
    with across_tenants(), database.cursor() as cursor:
        cursor.execute(
            "UPDATE tokens_serviceaccountkey SET private_key = substr(private_key, 1, 90) || 'AAAA'"
        )


@pytest.mark.parametrize(
    ("mishap", "cause", "button"),
    [
        (key_deleted, "The key was deleted or disabled at Google", "Upload a new key"),
        (key_disabled, "The key was deleted or disabled at Google", "Upload a new key"),
        (account_disabled, "The service account is disabled at Google", "Open the service acc"),
        (account_deleted, "The service account was deleted at Google", "Open the service acc"),
        (clock_wrong, "The portal's clock is wrong", "Measure again"),
        (google_down, "Google, or the way to it, fails at the moment", "Check again"),
        (ciphertext_broken, "The stored key cannot be opened", "Upload a new key"),
    ],
)
def test_what_happened_at_google_is_understood(
    practice: Practice, mishap: Callable[[Practice], None], cause: str, button: str
) -> None:
    mishap(practice)
    page = practice.checked()
    assert first_cause(page) == escape(cause)
    assert button in page


def test_the_clock_is_measured(practice: Practice) -> None:
    clock_wrong(practice)
    page = practice.checked()
    seconds = int(page.split("last answer it is ")[1].split(" ")[0])
    assert 895 <= seconds <= 905


@pytest.mark.parametrize(
    ("scenario", "cause"),
    [
        ("service-disabled", "The Google Analytics Admin API is switched off"),
        ("entity-403", "It has no access to what was asked for"),
    ],
)
def test_what_the_api_refused_is_understood_until_it_works_again(
    practice: Practice, scenario: str, cause: str
) -> None:
    listing = reverse("request-existing", args=[practice.slug])
    script(practice.google, scenario)
    practice.browser.get(listing, {"connection": str(practice.row.pk)})
    assert first_cause(practice.page()) == cause
    stop_scripting(practice.google)
    practice.browser.get(listing, {"connection": str(practice.row.pk)})
    assert verdict(practice.page()) == "This service account works"


def rotated(practice: Practice, cast: Cast) -> None:
    """Press the button and do what a worker does, until it waits."""
    practice.post("credential-account-rotate", practice.row.pk)
    with tenant_scope(cast.tenant):
        drive(ServiceAccountRotation.objects.get().pk)


def test_an_organisation_that_forbids_new_keys_is_named(practice: Practice, cast: Cast) -> None:
    script(practice.google, "iam-org-policy")
    rotated(practice, cast)
    page = practice.page()
    assert first_cause(page) == "The organisation forbids new keys"
    assert "iam.disableServiceAccountKeyCreation" in page
    assert f"project={practice.row.project}" in page


def test_ten_keys_are_counted_and_those_that_are_not_here_are_named(
    practice: Practice, cast: Cast
) -> None:
    for _ in range(9):
        practice.key_files()
    rotated(practice, cast)
    page = practice.page()
    assert first_cause(page) == "Google keeps 10 keys, and it has them"
    assert "Google lists keys that are not here" in page


def test_one_that_may_not_manage_its_keys_is_told_which_role(
    practice: Practice, cast: Cast
) -> None:
    practice.google.state.service_accounts[ROBOT].key_admin = False
    rotated(practice, cast)
    page = practice.page()
    assert first_cause(page) == "It may not manage its own keys"
    assert "Service Account Key Admin" in page


def test_the_card_leads_to_the_doctor(practice: Practice) -> None:
    page = practice.browser.get(reverse("credentials", args=[practice.slug])).content.decode()
    assert practice.address in page


def test_the_exchanges_are_those_of_the_account(practice: Practice) -> None:
    practice.checked()
    with across_tenants():
        row = Exchange.objects.filter(subject=practice.row.pk).latest("created_at")
    page = practice.browser.get(reverse("exchange", args=[practice.slug, row.pk])).content.decode()
    assert f"{ROBOT}</a>, a service account" in page
    assert "All exchanges of this service account" in page


def test_looking_changes_nothing_that_is_kept_of_the_account(
    practice: Practice, cast: Cast
) -> None:
    def kept() -> list[Any]:
        with across_tenants():
            return [*ServiceAccount.objects.values(), *ServiceAccountKey.objects.values()]

    before = repr(kept())
    key_disabled(practice)
    for browser in (practice.browser, signed_in(cast.viewer)):
        assert browser.get(practice.address).status_code == 200
    assert repr(kept()) == before


def test_a_viewer_reads_it_and_is_told_whom_to_ask(practice: Practice, cast: Cast) -> None:
    key_deleted(practice)
    practice.checked()
    page = signed_in(cast.viewer).get(practice.address).content.decode()
    assert first_cause(page) == "The key was deleted or disabled at Google"
    assert "Ask an owner or admin of Acme Agency" in page
    assert "Upload a new key" not in page


def test_an_outsider_does_not_find_it(practice: Practice, cast: Cast) -> None:
    outsider = signed_in(cast.outsider)
    assert outsider.get(practice.address).status_code == 404
    through_their_own = practice.address.replace(practice.slug, cast.elsewhere.slug)
    assert outsider.get(through_their_own).status_code == 404


def test_the_page_shows_no_secret(practice: Practice) -> None:
    key_deleted(practice)
    page = practice.checked()
    assert not any(secret in page for secret in ("ya29.", "PRIVATE KEY", "eyJ"))
