"""Every parameter of every route, found by watching it read, with values no database keeps."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from django.conf import settings
from django.db import transaction
from django.http import QueryDict
from django.test import Client

from accounts.users.models import User
from tests.cast import Cast, signed_in, with_second_step
from tests.test_browser.places import Visit, every_address
from tests.test_pages.reading import PageReader
from tests.test_staff.test_admin import rows as rows  # noqa: PLC0414  # a fixture is used by name

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.record_is_lost("every request is rolled back"),
    pytest.mark.slow,
    pytest.mark.sqlite(only=True),
    pytest.mark.timeout(900),
]

NUL = "a\x00b"
# Longer than any column, and as a number larger than any.
OVER_LONG = "9" * 4000
# (whose browser, addresses they try, fewest parameters that are read there)
PEOPLE = [
    ("visitor", "^/(?!t/|admin/)", 15),
    ("owner", "^/(?!admin/)", 80),
    ("staff", "^/admin/", 60),
]
# What Django reads of every form.
_FRAMEWORK = frozenset({"csrfmiddlewaretoken", "_charset_"})


@dataclass
class Reads:
    """Which names a view asks its query and its form for."""

    names: set[str] = field(default_factory=set)

    def watch(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Note each name from now on."""
        for method in ("__getitem__", "__contains__", "_getlist"):
            monkeypatch.setattr(QueryDict, method, self._noting(getattr(QueryDict, method)))

    def _noting(self, method: Any) -> Any:
        def noted(data: QueryDict, name: str, *args: Any, **options: Any) -> Any:
            self.names.add(name)
            return method(data, name, *args, **options)

        return noted

    def taken(self) -> set[str]:
        """The names since the last time."""
        names, self.names = self.names - _FRAMEWORK, set()
        return names


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> Reads:
    noted = Reads()
    noted.watch(monkeypatch)
    return noted


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Refusals are logged with their tracebacks, thousands of them."""
    logging.disable()
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture
def visit(who: str, within: str, cast: Cast, rows: None) -> Visit:
    if who == "staff":
        stan = User.objects.create_user("stan@portal.example", is_staff=True, is_superuser=True)
        return Visit(with_second_step(stan), cast.tenant, within)
    return Visit(Client() if who == "visitor" else signed_in(cast.owner), cast.tenant, within)


@pytest.mark.parametrize(("who", "within", "fewest"), PEOPLE)
def test_no_value_of_any_parameter_breaks_a_route(visit: Visit, fewest: int, reads: Reads) -> None:
    visit.browser.raise_request_exception = False
    wrong: list[str] = []
    tried = 0
    for path in every_address(visit, lambda path: _is_there(visit.browser, path)):
        page = _answer(visit.browser, "get", path, {})
        for method in ("get", "post") if page.status_code != 405 else ("post",):
            usual = _usual(visit.browser, method, path, dict(_sent_by(page, path, method)), reads)
            tried += len(usual)
            wrong += _broken(visit.browser, method, path, usual)
    assert not wrong, "\n".join(wrong)
    assert tried >= fewest


def _is_there(browser: Client, path: str) -> bool:
    """Whether its row is one that the route is for; buttons tell only when they are pressed."""
    status = _answer(browser, "get", path, {}).status_code
    if status == 405:
        status = _answer(browser, "post", path, {}).status_code
    return bool(status != 404)


def _usual(
    browser: Client, method: str, path: str, sent: dict[str, str], reads: Reads
) -> dict[str, str]:
    """The parameters that a route reads, with what its own page sends.

    What is read depends on what is there: it is asked once more with all that is known by then.
    """
    for _ in range(2):
        reads.taken()
        _answer(browser, method, path, sent)
        sent = dict.fromkeys(sorted(reads.taken()), "") | sent
    return {name: value for name, value in sent.items() if name and name not in _FRAMEWORK}


def _sent_by(page: Any, path: str, method: str) -> Iterator[tuple[str, str]]:
    if not page.headers.get("Content-Type", "").startswith("text/html"):
        return
    html = PageReader.of(page.content.decode())
    for form in html.forms:
        if form.method == method and (urlsplit(form.action).path or path) == path:
            yield from ((one.name, one.value) for one in (*form.controls, *form.submits[:1]))
    if method == "get":
        for link in html.links:
            parts = urlsplit(link)
            if (parts.path or path) == path:
                yield from parse_qsl(parts.query)


def _broken(browser: Client, method: str, path: str, usual: dict[str, str]) -> Iterator[str]:
    for name in usual:
        # A NUL in an address is refused before any view sees it.
        for value in (NUL, OVER_LONG) if method == "post" else (OVER_LONG,):
            answer = _answer(browser, method, path, {**usual, name: value})
            if answer.status_code >= 500:
                yield f"{method} {path} {name}: {value[:9]!r} is {answer.status_code}"


def _answer(browser: Client, method: str, path: str, sent: dict[str, str]) -> Any:
    """What a browser is answered that is as before afterwards, and so are all rows."""
    cookies = SimpleCookie(browser.cookies)
    with transaction.atomic():
        answer = getattr(browser, method)(path, sent)
        if answer.streaming and answer.status_code == 200:
            b"".join(answer.streaming_content)
        transaction.set_rollback(True)
    browser.cookies = cookies
    return answer


@pytest.mark.parametrize("query", ["?q=%00", "?%00=q", "?q=a&q=b%00"])
def test_a_nul_in_an_address_is_refused_with_a_page(owner_browser: Client, query: str) -> None:
    answer = owner_browser.get(f"/organisations/{query}")
    assert answer.status_code == 400
    assert "The portal did not understand that" in answer.content.decode()


@pytest.mark.parametrize("name", [settings.SESSION_COOKIE_NAME, "theme", "messages"])
def test_a_cookie_that_holds_a_nul_is_none(cast: Cast, name: str) -> None:
    browser = Client(headers={"cookie": f'{name}="a\\000b"'})
    assert browser.get("/accounts/login/").status_code == 200
