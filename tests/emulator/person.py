"""A person at Google without a browser: walks consent and terms over plain HTTP.

A person follows the emulator's own redirects, and stops at the first one that leaves it:
that address is what a browser would open in the product. Standard library only.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from email.message import Message
from http.cookiejar import CookieJar
from typing import IO
from urllib.error import HTTPError
from urllib.parse import quote, unquote, urlencode, urljoin, urlsplit
from urllib.request import HTTPCookieProcessor, HTTPRedirectHandler, Request, build_opener

from tests.emulator.page_forms import Form, FormReader
from tests.emulator.scopes import ALIASES

ANSWERS = {
    "accept": "I accept",
    "cancel": "Cancel",
    "limit": "Simulate account limit",
    "backend_error": "Simulate backend error",
    "close": "Close without answering",
}
TICKET = re.compile(r"termsofservice/+(?:\?api\.accountTicketId=)?([^/?&]+)", re.IGNORECASE)
REDIRECTS = (301, 302, 303, 307, 308)
TIMEOUT = 10


class PersonBlocked(Exception):
    """A page says no and does not go on; ``status`` and ``heading`` say which page."""

    def __init__(self, status: int, heading: str, html: str) -> None:
        super().__init__(f"{status} {heading}")
        self.status = status
        self.heading = heading
        self.html = html


@dataclass
class Page:
    """An answer: a page with forms, or the address it sends the browser to."""

    url: str
    status: int
    html: str
    location: str | None

    @property
    def forms(self) -> list[Form]:
        """The forms on the page."""
        return FormReader.of(self.html).forms

    @property
    def heading(self) -> str:
        """The page's first-level heading."""
        return FormReader.of(self.html).heading


class _NoRedirects(HTTPRedirectHandler):
    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: Message, newurl: str
    ) -> None:
        """Hand redirects back instead of following them."""


class Person:
    """One Google user in one browser."""

    def __init__(self, base_url: str, email: str, scenario: str | None = None) -> None:
        self.base_url = base_url.rstrip("/")
        self.email = email
        self.headers = {"X-Emu-Scenario": scenario} if scenario else {}
        self._opener = build_opener(HTTPCookieProcessor(CookieJar()), _NoRedirects())

    def consent(
        self, authorize_url: str, tick: Iterable[str] | None = None, deny: bool = False
    ) -> str:
        """Answer the consent pages; return the callback address the browser is sent to.

        ``tick`` names the API scopes to grant, None grants all. Pages that refuse raise
        :class:`PersonBlocked`.
        """
        page = self._signed_in(self.visit(authorize_url))
        if page.location is None:
            page = self._answer_consent(page, tick, deny)
        if page.location is None:
            raise self._blocked(page)
        return page.location

    def answer_terms(self, tos_url: str, answer: str = "accept") -> str | None:
        """Answer the terms; return the callback address, or None after closing the page."""
        page = self._signed_in(self.visit(self.terms_url(tos_url)))
        if page.location is None:
            form = self._form_with(page, ANSWERS[answer])
            page = self._submit(page, form, ANSWERS[answer], [])
        if page.location is None and answer != "close":
            raise self._blocked(page)
        return page.location

    def terms_url(self, tos_url: str) -> str:
        """The address a server can read, for one that keeps the ticket in its fragment."""
        parts = urlsplit(tos_url)
        found = TICKET.search(unquote(parts.fragment))
        if found is None:
            return tos_url
        query = f"?{parts.query}" if parts.query else ""
        return f"{self.base_url}/analytics/web/terms/{quote(found[1])}{query}"

    def visit(self, url: str, data: list[tuple[str, str]] | None = None) -> Page:
        """Open an address, follow the emulator's own redirects, stop at others."""
        page = self._once(url, data)
        while page.location is not None and self._is_ours(page.location):
            page = self._once(page.location, None)
        return page

    def _signed_in(self, page: Page) -> Page:
        """Choose this person's account when the page asks for one."""
        for form in page.forms:
            if any(button.label == self.email for button in form.buttons):
                return self._submit(page, form, self.email, [])
        return page

    def _answer_consent(self, page: Page, tick: Iterable[str] | None, deny: bool) -> Page:
        label = "Cancel" if deny else "Continue"
        form = self._form_with(page, label)
        boxes = [box for box in form.boxes if box[0] == "scope"]
        if tick is not None:
            wanted = {ALIASES.get(name, name) for name in tick}
            boxes = [box for box in boxes if box[1] in wanted]
        return self._submit(page, form, label, boxes)

    def _form_with(self, page: Page, label: str) -> Form:
        for form in page.forms:
            if any(button.label == label for button in form.buttons):
                return form
        raise self._blocked(page)

    def _submit(self, page: Page, form: Form, label: str, extra: list[tuple[str, str]]) -> Page:
        target = urljoin(page.url, form.action) if form.action else page.url
        return self.visit(target, form.press(label, extra))

    def _once(self, url: str, data: list[tuple[str, str]] | None) -> Page:
        body = None if data is None else urlencode(data).encode()
        if urlsplit(url).scheme not in ("http", "https"):
            raise ValueError(f"a person opens web addresses only, not {url}")
        request = Request(url, body, self.headers)  # noqa: S310  (checked above)
        try:
            answer = self._opener.open(request, timeout=TIMEOUT)
        except HTTPError as error:
            answer = error
        with answer:
            html = answer.read().decode("utf-8", "replace")
            location = answer.headers.get("Location") if answer.status in REDIRECTS else None
            absolute = urljoin(url, location) if location else None
            return Page(url, answer.status, html, absolute)

    def _is_ours(self, url: str) -> bool:
        return url.startswith(self.base_url + "/")

    @staticmethod
    def _blocked(page: Page) -> PersonBlocked:
        return PersonBlocked(page.status, page.heading, page.html)
