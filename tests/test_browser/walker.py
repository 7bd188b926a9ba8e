"""A person at a browser who notices what a test must: errors, barriers, things that overflow."""

import re

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import ConsoleMessage, Page, Request, Response, expect

from tests.test_browser.stack import CANARIES, Stack

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# What another colour scheme, or less room, can break by itself.
OF_COLOUR = ["color-contrast", "link-in-text-block"]
OF_ROOM = ["scrollable-region-focusable", "target-size", *OF_COLOUR]
CODE = re.compile(r"^\s*([A-Z0-9]{4}-[A-Z0-9]{4})\s*$", re.MULTILINE)
PASSWORD = "canary-password-for-walkers"


class Walker:
    """Walks the portal and Google; every page that is looked at is checked."""

    def __init__(self, page: Page, stack: Stack) -> None:
        self.page = page
        self.stack = stack
        page.set_default_timeout(15_000)
        self.complaints: list[str] = []
        self.looked_at: set[str] = set()
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.complaints.append(f"page error: {error}"))
        page.on("requestfailed", self._failed)
        page.on("response", self._response)

    def _console(self, message: ConsoleMessage) -> None:
        expected = "Failed to load resource" in message.text
        if message.type in ("error", "warning") and not expected:
            self.complaints.append(f"console {message.type}: {message.text}")

    def _failed(self, request: Request) -> None:
        # What is on its way when the person leaves a page is cut off; that is no failure.
        if request.failure != "net::ERR_ABORTED":
            self.complaints.append(f"failed: {request.url} {request.failure}")

    def _response(self, response: Response) -> None:
        if response.status >= 500 or (response.status == 404 and "static" in response.url):
            self.complaints.append(f"{response.status}: {response.url}")

    # --- moving ---

    def open(self, path: str) -> None:
        """Type an address of the portal."""
        self.page.goto(path if path.startswith("http") else f"{self.stack.portal}{path}")

    def press(self, name: str, *, exact: bool = True) -> None:
        """Press the button of this name."""
        self.page.get_by_role("button", name=name, exact=exact).first.click()

    def follow(self, name: str) -> None:
        """Follow the link of this name."""
        self.page.get_by_role("link", name=name, exact=True).first.click()

    def sees(self, text: str | re.Pattern[str], *, within: float = 20) -> None:
        """Wait until a heading or text is on the page."""
        expect(self.page.get_by_text(text).first).to_be_visible(timeout=within * 1000)

    def is_at(self, heading: str, *, within: float = 20) -> None:
        """Wait for the page whose first heading this is."""
        found = self.page.get_by_role("heading", level=1, name=heading)
        expect(found.first).to_be_visible(timeout=within * 1000)

    def state_is(self, word: str, *, within: float = 30) -> None:
        """Wait until the request on the page is in this state."""
        pill = self.page.locator(".page-head .pill")
        expect(pill).to_have_text(re.compile(re.escape(word)), timeout=within * 1000)

    # --- looking ---

    def look(self, where: str = "") -> None:
        """Check the page as it stands, in light and dark, at full width and at 320 px.

        Once for each `where`, which is the page's title when nothing else is said.
        """
        where = where or self.page.title()
        if CANARIES.search(self.page.content().encode()):
            self.complaints.append(f"{where}: shows a secret")
        if where in self.looked_at:
            return
        self.looked_at.add(where)
        full = self.page.viewport_size or {"width": 1280, "height": 900}
        # Without motion, or colours would be measured half-way from one scheme to the other.
        self.page.emulate_media(color_scheme="dark", reduced_motion="reduce")
        # The bar that stays at the top covers half of some button wherever a page is scrolled to.
        self.page.evaluate("scrollTo(0, 0)")
        self.axe(f"{where} (dark)", OF_COLOUR)
        self.page.emulate_media(color_scheme="light", reduced_motion="reduce")
        self.axe(f"{where} (light)")
        self.tables_fit(where)
        self.page.set_viewport_size({"width": 320, "height": 800})
        self.axe(f"{where} (320 px)", OF_ROOM)
        overflow = self.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        if overflow > 0:
            self.complaints.append(f"{where}: {overflow} px too wide at 320 px")
        self.tables_fit(f"{where} (320 px)")
        self.page.set_viewport_size(full)

    def tables_fit(self, where: str) -> None:
        """Note each table that is wider than its card."""
        wider = self.page.evaluate(
            "[...document.querySelectorAll('.table-card table')]"
            ".map(one => one.offsetWidth - one.closest('.table-card').clientWidth)"
            ".filter(more => more > 0)"
        )
        for more in wider:
            self.complaints.append(f"{where}: a table is {more} px wider than its card")

    def axe(self, where: str, rules: list[str] | None = None) -> None:
        """Note what is a barrier on the page as it stands, by all rules or by these."""
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(AXE_SCRIPT)
        only = {"type": "rule", "values": rules} if rules else {"type": "tag", "values": RULES}
        # Without `preload`, which would add styles that the page's policy refuses.
        options = {"runOnly": only, "resultTypes": ["violations"], "preload": False}
        found = self.page.evaluate("options => axe.run(options)", options)
        for violation in found["violations"]:
            nodes = [node["html"][:120] for node in violation["nodes"][:3]]
            self.complaints.append(f"axe: {where}: {violation['id']} {nodes}")

    def has_nothing_to_complain_about(self) -> None:
        """Nothing was wrong with any page on the way."""
        assert not self.complaints, "\n".join(self.complaints)

    # --- what people do ---

    def sign_up(self, email: str, organisation: str) -> None:
        """Make an account, type the mailed code, make an organisation."""
        self.open("/accounts/signup/")
        self.fill_in_sign_up(email)
        self.is_at("Create an organisation")
        self.page.get_by_label("Name of your organisation").fill(organisation)
        self.press("Create organisation")
        expect(self.page).to_have_url(re.compile(r"/t/[^/]+/$"))

    def fill_in_sign_up(self, email: str) -> None:
        """Fill in the page "Create an account" and type the code that comes by mail."""
        self.page.get_by_label(re.compile("e-?mail", re.IGNORECASE)).first.fill(email)
        self.page.get_by_label("Password").first.fill(PASSWORD)
        self.press("Create account")
        self.is_at("Confirm your e-mail address")
        self.page.get_by_label("Code").fill(self.mailed_code(email))
        self.press("Continue")

    def mailed_code(self, email: str) -> str:
        """The code in the newest mail to `email`, read in another tab as a person would."""
        with self.page.context.expect_page() as opened:
            self.page.context.new_page()
        tab = opened.value
        tab.goto(f"{self.stack.portal}/demo/mail/")
        mail = tab.locator("article", has_text=email).first.inner_text()
        tab.close()
        match = CODE.search(mail)
        assert match, mail
        return match[1]

    def fill_details(self, name: str, website: str, *, again: bool = False) -> None:
        """Fill in the details form and send it; `again` for a website that is here already."""
        self.page.get_by_label("Website", exact=True).fill(website)
        self.page.get_by_label("Account name").fill(name)
        if again:
            self.page.get_by_label("Create another Analytics account for it").check()
        self.press("Continue")

    def proves_who_it_is(self) -> None:
        """Type the password once more, as asked before what gives or takes away access."""
        self.is_at("Confirm that it is you")
        self.look()
        self.page.get_by_label("Password").fill(PASSWORD)
        self.press("Continue")

    def consent(self, email: str, answer: str = "Continue") -> None:
        """Choose an account at Google and answer its consent page, with every box ticked."""
        self.press(email)
        every = self.page.get_by_label("Select all")
        self.page.get_by_role("button", name=answer, exact=True).first.wait_for()
        if every.count():
            every.check()
        self.press(answer)

    def arrive_at_terms(self, email: str, tenant: str, name: str) -> None:
        """Sign up, fill in details, connect; ends when the terms wait to be accepted."""
        self.sign_up(f"{tenant}@walkers.example", tenant)
        self.open(f"/t/{tenant}/requests/new/")
        self.fill_details(name, f"{tenant}.example")
        self.press("Continue at Google")
        self.consent(email)
        self.state_is("Waiting for terms")

    def answer_terms(self, answer: str) -> None:
        """Go to the terms at Google and answer them."""
        self.press("Continue at Google")
        self.page.get_by_role("button", name=answer, exact=True).click()
