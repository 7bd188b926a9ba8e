"""The guide's three user flows in both backends, from choosing one to the verified account."""

import re

import pytest
from playwright.sync_api import expect

from tests.test_browser.walker import Walker

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
AGENCY = "agency@gmail.example"
AFTER, BEFORE, PREFILLED = (
    "Connect the Google account first, then the details",
    "The details first, then the Google account",
    "No form: what is known is used, the rest is asked for",
)
BACKENDS = [
    pytest.param("ga4", re.compile(r"^G-[A-Z0-9]{4,12}$"), id="ga4"),
    pytest.param("v3", re.compile(r"^UA-[0-9]+-[0-9]+$"), id="v3"),
]


def begin(walker: Walker, tenant: str, flow: str, backend: str) -> None:
    """Sign up, choose flow and backend, and stand before the first page of a request."""
    walker.sign_up(f"{tenant}@walkers.example", tenant)
    walker.open(f"/t/{tenant}/settings/provisioning/")
    walker.page.get_by_label(flow).check()
    walker.page.locator("select[name=backend]").select_option(backend)
    walker.press("Save")
    walker.sees("Saved. New requests begin like this")
    walker.look()
    walker.open(f"/t/{tenant}/requests/new/?website_url={tenant}.example")
    walker.look()


def finish(walker: Walker, tag: re.Pattern[str]) -> None:
    """Accept the terms, and find the tag on the page of the verified account."""
    walker.state_is("Waiting for terms")
    walker.answer_terms("I accept")
    walker.state_is("Verified")
    walker.look()
    shown = walker.page.get_by_text(tag).first.inner_text()
    expect(walker.page.locator("pre")).to_contain_text(shown)


@pytest.mark.parametrize(("backend", "tag"), BACKENDS)
def test_the_google_account_first_and_then_the_details(
    walker: Walker, name: str, backend: str, tag: re.Pattern[str]
) -> None:
    begin(walker, name, AFTER, backend)
    walker.press("Continue at Google")
    walker.consent(AGENCY)
    expect(walker.page.get_by_label("Website", exact=True)).to_have_value(f"https://{name}.example")
    walker.look()
    walker.fill_details(f"After {name}", f"{name}.example")
    finish(walker, tag)


@pytest.mark.parametrize(("backend", "tag"), BACKENDS)
def test_the_details_first_and_then_the_google_account(
    walker: Walker, name: str, backend: str, tag: re.Pattern[str]
) -> None:
    begin(walker, name, BEFORE, backend)
    walker.fill_details(f"Before {name}", f"{name}.example")
    walker.press("Continue at Google")
    walker.consent(AGENCY)
    finish(walker, tag)


@pytest.mark.parametrize(("backend", "tag"), BACKENDS)
def test_no_form_at_all(walker: Walker, name: str, backend: str, tag: re.Pattern[str]) -> None:
    begin(walker, name, PREFILLED, backend)
    walker.press("Continue")
    walker.press("Continue at Google")
    walker.consent(AGENCY)
    finish(walker, tag)


def test_one_request_by_the_other_api_without_changing_the_settings(
    walker: Walker, name: str
) -> None:
    walker.sign_up(f"{name}@walkers.example", name)
    walker.open(f"/t/{name}/requests/new/?website_url={name}.example")
    walker.page.locator("select[name=backend]").select_option("v3")
    walker.look()
    walker.fill_details(f"Other {name}", f"{name}.example")
    walker.press("Continue at Google")
    walker.consent(AGENCY)
    finish(walker, re.compile(r"^UA-[0-9]+-[0-9]+$"))
    walker.open(f"/t/{name}/settings/provisioning/")
    expect(walker.page.locator("select[name=backend]")).to_have_value("ga4")
