"""An error on any page tells logs, mails and reports where it was, and nothing that was sent."""

import io
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.mail import EmailMultiAlternatives
from django.forms.forms import BaseForm
from django.http import HttpRequest
from django.test import Client
from django.urls import get_resolver
from django.utils.log import AdminEmailHandler
from django.views.debug import get_exception_reporter_class
from pytest_django import Settings

from accounts.email.models import QueuedEmail
from accounts.staff.models import ErrorReport
from accounts.staff.services import error_reports
from accounts.staff.services.error_reports import MOST_ALIKE, report_error
from portal.operations.logs import formatter
from portal.pages.middleware import ButtonMiddleware
from tests.cast import Cast
from tests.queued_emails import deliver
from tests.test_isolation.test_routes import addresses

CANARY = "canary"
IN_ADDRESSES = "code=canary-c&state=canary-s&token=canary-t&accountTicketId=canary-a&key=canary-k"
_PART = re.compile(r"<(?:(?P<kind>\w+):)?\w+>")
_VALUES = {"uuid": str(uuid4()), "slug": "acme", "int": "7", "path": "7", None: "7"}


def pages() -> list[str]:
    """The address of every route, with canaries where links carry what lets people in."""
    found = [whole for whole, _ in addresses(get_resolver().url_patterns) if "(?P" not in whole]
    filled = [_PART.sub(lambda part: _VALUES.get(part["kind"], "canary-link"), w) for w in found]
    return sorted({f"/{page}" for page in filled})


def every_field() -> dict[str, str]:
    """Each field of each form that there is, with a value of its own."""
    kinds, names = [BaseForm], {"reason", "next", "recovery_code", "secret_key"}
    for kind in kinds:
        kinds += kind.__subclasses__()
        names |= set(getattr(kind, "base_fields", {}))
    assert {"password", "password1", "secret", "code", "email"} < names
    return {name: f"{CANARY}-of-{name}" for name in sorted(names)}


def crash(_: object, request: HttpRequest, *args: object) -> None:
    """Raise as badly as a view can: sent values in locals, in the message and in its cause."""
    password = request.POST.get("password", "0")
    everything = dict(request.POST) | dict(request.COOKIES)
    try:
        int(f"x{password}")
    except ValueError as cause:
        raise RuntimeError(f"no such value: {everything}") from cause


@contextmanager
def written_down(*, mailed: bool = False) -> Iterator[io.StringIO]:
    """What handlers of every sort write, added by somebody who did not think of secrets."""
    text, root = io.StringIO(), logging.getLogger()
    added: list[logging.Handler] = []
    for style in (logging.Formatter(), formatter("json"), formatter("console")):
        added.append(logging.StreamHandler(text))
        added[-1].setFormatter(style)
    if mailed:
        added.append(AdminEmailHandler(include_html=True))
        added[-1].setLevel("ERROR")
    level = root.level
    root.setLevel("DEBUG")
    for handler in added:
        root.addHandler(handler)
    try:
        yield text
    finally:
        root.setLevel(level)
        for handler in added:
            root.removeHandler(handler)


def all_of(outbox: list[EmailMultiAlternatives]) -> str:
    """All that stands in these mails, in each of their forms."""
    return "".join(
        f"{mail.subject}\n{mail.body}\n{mail.alternatives}\n{mail.extra_headers}" for mail in outbox
    )


def send_canaries(visitor: Client, pages: list[str]) -> None:
    fields = every_field()
    for page in pages:
        file = SimpleUploadedFile("canary.json", b'{"private_key": "canary-of-file"}')
        answer = visitor.post(
            f"{page}?{IN_ADDRESSES}",
            {**fields, "file": file},
            headers={"Authorization": "Bearer canary-of-head"},
        )
        assert answer.status_code == 500, page
        assert CANARY not in answer.content.decode()


def leaks(text: str) -> list[str]:
    """What stands around each canary that was found."""
    return [text[max(0, at.start() - 80) : at.end() + 40] for at in re.finditer(CANARY, text)]


@pytest.fixture
def visitor(monkeypatch: pytest.MonkeyPatch, settings: Settings, db: None) -> Client:
    settings.ADMINS = [("Staff", "staff@portal.example")]
    settings.ALLOWED_HOSTS = ["testserver"]
    monkeypatch.setattr(ButtonMiddleware, "process_view", crash, raising=False)
    visitor = Client(raise_request_exception=False)
    visitor.cookies["portal_session"] = f"{CANARY}-of-session"
    return visitor


@pytest.mark.slow
@pytest.mark.sqlite(only=True)
def test_an_error_on_any_page_writes_down_nothing_that_was_sent(visitor: Client) -> None:
    assert len(pages()) > 150
    with written_down() as text:
        send_canaries(visitor, pages())
    assert text.getvalue().count("RuntimeError") > 450
    assert "no such value" in text.getvalue()
    assert leaks(text.getvalue()) == []
    assert not [row for row in ErrorReport.objects.values_list() if CANARY in str(row)]


def test_no_mail_about_an_error_says_what_was_sent(
    visitor: Client, mailoutbox: list[EmailMultiAlternatives], settings: Settings
) -> None:
    one_of_each_place = {page.split("/")[1]: page for page in pages()}
    with written_down(mailed=True):
        send_canaries(visitor, list(one_of_each_place.values()))
        deliver()
    # Twice for each page, by Django's own handler, which nothing but this test has added.
    assert len(mailoutbox) > 20
    assert "no such value" in all_of(mailoutbox)
    assert leaks(all_of(mailoutbox)) == []


def test_a_view_that_fails_half_way_tells_no_password(
    visitor: Client,
    cast: Cast,
    mailoutbox: list[EmailMultiAlternatives],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(_: object, request: object, **credentials: object) -> None:
        raise OSError(f"redis://portal:{CANARY}@redis:6379/0 refused {credentials}")

    monkeypatch.delattr(ButtonMiddleware, "process_view")
    monkeypatch.setattr("allauth.account.adapter.DefaultAccountAdapter.authenticate", fail)
    monkeypatch.setattr("accounts.authentication.adapters.AccountAdapter.authenticate", fail)
    with written_down(mailed=True) as text:
        typed = {"login": cast.owner.email, "password": "canary-of-password"}
        answer = visitor.post("/accounts/login/", typed)
    assert answer.status_code == 500
    assert "refused" in text.getvalue()
    assert leaks(text.getvalue() + all_of(mailoutbox)) == []


def test_a_report_for_developers_has_no_locals_and_no_settings(settings: Settings) -> None:
    try:
        crash(None, HttpRequest())
    except RuntimeError as error:
        reporter: Any = get_exception_reporter_class(None)  # type: ignore[arg-type]  # as handlers ask
        report = reporter(None, type(error), error, error.__traceback__)
    for text in (report.get_traceback_text(), report.get_traceback_html()):
        assert settings.SECRET_KEY not in text
        assert settings.GOOGLE_CLIENT_SECRET not in text
        assert "no such value" in text
    assert not any(frame["vars"] for frame in report.get_traceback_frames())


def test_staff_get_one_mail_an_hour_however_many_errors_there_are(
    visitor: Client, mailoutbox: list[EmailMultiAlternatives], settings: Settings
) -> None:
    answers = [visitor.get("/you/data/") for _ in range(30)] + [visitor.get("/t/new/")]
    assert mailoutbox == []
    assert QueuedEmail.of_portal().count() == 1
    deliver()
    [mail] = mailoutbox
    assert "31 errors in the portal" in mail.subject
    assert "30 times RuntimeError at tests/test_secrets" in str(mail.body)
    assert answers[29]["X-Reference-Id"] in str(mail.body)
    visitor.get("/you/data/")
    deliver()
    assert len(mailoutbox) == 1
    deliver(hours=1.2)
    assert "1 error in the portal" in mailoutbox[1].subject
    deliver(hours=3)
    assert len(mailoutbox) == 2


def test_the_reference_of_an_error_page_is_found_by_staff(visitor: Client) -> None:
    answer = visitor.get("/you/data/")
    reference = answer["X-Reference-Id"]
    assert reference in answer.content.decode()
    [row] = ErrorReport.objects.filter(reference=reference)
    assert (row.kind, row.page) == ("RuntimeError", "GET own-data")
    assert row.place.startswith("tests/test_secrets/test_errors_tell_nothing.py:")
    assert row.place.endswith(" crash")


def test_one_error_fills_no_table(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(error_reports, "MOST_ALIKE", 3)
    assert MOST_ALIKE > 3
    for _ in range(5):
        report_error(KeyError("x"), "GET home")
    report_error(ValueError("x"), "GET home")
    assert ErrorReport.objects.count() == 4


def test_an_error_of_what_the_error_page_itself_needs_is_still_a_page(
    monkeypatch: pytest.MonkeyPatch, visitor: Client
) -> None:
    def gone(*_: Any, **__: Any) -> None:
        raise OSError("gone")

    monkeypatch.setattr("portal.pages.views.errors.render", gone)
    answer = visitor.get("/")
    assert answer.status_code == 500
    assert "The portal made a mistake" in answer.content.decode()
