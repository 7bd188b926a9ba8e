"""Every form of every page, found by opening all of them: sent without JavaScript, and wrong."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import pytest
from allauth.account.internal.flows.login import record_authentication
from allauth.account.models import EmailAddress
from django.db import transaction
from django.test import Client, RequestFactory

from accounts.users.models import User
from tests.cast import Cast, signed_in
from tests.rows import connection_row, request_row
from tests.test_browser.places import Visit, places
from tests.test_pages.reading import Control, Form, PageReader
from tests.test_staff.test_admin import rows as rows  # noqa: PLC0414  # a fixture is used by name

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.slow,
    pytest.mark.sqlite(only=True),
    pytest.mark.timeout(600),
]
PEOPLE = ["owner", "person", "visitor"]
FEWEST = {"owner": 40, "person": 10, "visitor": 5}
# Longer than any field takes, so that every form refuses it; and never an address.
TOO_LONG = "typed " + "x" * 30_000
PASSWORD = "canary-password-of-nina"


@dataclass(frozen=True, slots=True)
class Found:
    """A form, and where it stands."""

    page: str
    path: str
    form: Form

    @property
    def where(self) -> str:
        """For messages."""
        return f"{self.page} {self.form.action or self.path} {sorted(self.form.shape)}"


def proven(user: User) -> Client:
    browser = signed_in(user)
    request = RequestFactory().get("/")
    request.session = browser.session
    record_authentication(request, user, "password", reauthenticated=True)
    request.session.save()
    return browser


@pytest.fixture
def visit(who: str, cast: Cast, rows: None) -> Visit:
    for user in (cast.owner, cast.teammate):
        user.set_password(PASSWORD)
        user.save()
        EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    request_row(connection_row(cast.tenant, "form@gmail.example"))
    if who == "visitor":
        return Visit(Client(), cast.tenant, "^/(?!t/|admin/)")
    if who == "person":
        # Who is no organisation's only owner may close their account.
        return Visit(proven(cast.teammate), cast.tenant, "^/(?!t/|admin/)|^/t/new/")
    return Visit(proven(cast.owner), cast.tenant, "^/t/")


def forms(visit: Visit) -> Iterator[Found]:
    """Each form once, however many pages carry it."""
    seen = set()
    for place in places(visit):
        page = PageReader.of(visit.browser.get(place.path).content.decode())
        for form in page.forms:
            key = (form.action or place.name, form.shape, tuple(one.value for one in form.submits))
            if key not in seen:
                seen.add(key)
                yield Found(place.name, place.path, form)


def needs_a_device(form: Form) -> bool:
    """A passkey is asked for by the browser's own script interface and by nothing else."""
    return form.control("credential") is not None


@pytest.mark.parametrize("who", PEOPLE)
def test_every_form_can_be_sent_without_javascript(who: str, visit: Visit) -> None:
    found = [one for one in forms(visit) if not needs_a_device(one.form)]
    assert len(found) >= FEWEST[who]
    stuck = [
        one.where
        for one in found
        if not can_be_sent(one.form)
        or (one.form.method == "post" and not one.form.control("csrfmiddlewaretoken"))
    ]
    assert stuck == []


def can_be_sent(form: Form) -> bool:
    """By a button, or, where there is one field and nothing else, by Enter."""
    by_enter = form.method == "get" and [one.is_typed for one in form.controls] == [True]
    return by_enter or any("needs-js" not in submit.classes for submit in form.submits)


@pytest.mark.parametrize("who", PEOPLE)
def test_what_was_typed_wrong_is_still_there_and_the_page_says_what_is_wrong(
    who: str, visit: Visit
) -> None:
    wrong, tried = [], 0
    for found in forms(visit):
        sent = filled(found.form)
        if found.form.method != "post" or needs_a_device(found.form) or not sent:
            continue
        tried += 1
        with transaction.atomic():
            answer = send(visit.browser, found, sent)
            transaction.set_rollback(True)
        wrong += [f"{found.where}: {why}" for why in faults(answer, found.form, sent)]
    assert wrong == []
    assert tried >= 3


def filled(form: Form) -> dict[str, str]:
    """What somebody sends who types too much everywhere and chooses the last of everything.

    Nothing, when there is no field to type into.
    """
    if not any(one.is_typed for one in form.controls):
        return {}
    pressed = {one.name: one.value for one in form.submits[:1] if one.name}
    return pressed | {one.name: wish for one in form.controls if (wish := wanted(one))}


def wanted(control: Control) -> str:
    if control.is_typed:
        return TOO_LONG
    if control.kind == "password":
        return PASSWORD
    if control.kind in ("select", "radio"):
        return control.options[-1] if control.options else ""
    return "" if control.kind in ("file", "checkbox") else control.value


def send(browser: Client, found: Found, sent: dict[str, str]) -> Any:
    path = urlsplit(found.form.action).path or urlsplit(found.path).path
    return browser.post(path, sent)


def faults(answer: Any, form: Form, sent: dict[str, str]) -> Iterator[str]:
    if answer.status_code not in (200, 422):
        yield f"answered {answer.status_code}"
        return
    page = PageReader.of(answer.content.decode())
    same = next((one for one in page.forms if one.shape == form.shape), None)
    if same is None:
        yield "the form is gone"
        return
    if not page.points_at_errors:
        yield "nothing takes the focus"
    if not page.title.strip().startswith("Error:"):
        yield "the title does not say so"
    if PASSWORD in answer.content.decode():
        yield "shows a password"
    for control in same.controls:
        is_chosen = control.is_typed or control.kind in ("select", "radio")
        if is_chosen and control.value.strip() != sent.get(control.name, ""):
            yield f"{control.name} is lost"
