"""Staff see every mail with sample data, as text and as HTML; the demo shows what it sent."""

from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.core.mail import EmailMessage
from django.test import Client
from django.urls import reverse

from accounts.email.services.kinds import every_type
from portal.staff.email_samples import sample
from tests.cast import Cast, signed_in
from tests.test_staff.conftest import staff, staff_in

__all__ = ["staff", "staff_in"]
EMAILS = every_type()
PAGE, HTML = "admin:mails", "admin:mail-html"


def directives(answer: Any) -> dict[str, str]:
    policy = answer["Content-Security-Policy"]
    return {
        name: rest for name, _, rest in (one.strip().partition(" ") for one in policy.split(";"))
    }


@pytest.mark.parametrize("name", EMAILS)
def test_every_mail_is_shown_as_html_and_as_text_and_none_is_sent(staff: Client, name: str) -> None:
    page = staff.get(reverse(PAGE), {"mail": name})
    message = page.context["message"]
    assert page.status_code == 200
    assert page.content.decode().count("<iframe sandbox") == 2
    assert "You get this mail because" in page.content.decode()
    html = staff.get(reverse(HTML), {"mail": name})
    assert html.status_code == 200
    assert str(message.subject) == str(sample(name).subject)
    assert 'class="why"' in html.content.decode()
    assert mail.outbox == []


def test_the_list_names_every_mail(staff: Client) -> None:
    page = staff.get(reverse(PAGE)).content.decode()
    assert all(f"<td>{name}</td>" in page for name in EMAILS)


def test_a_mail_s_own_page_can_do_nothing_but_show_its_styles(staff: Client) -> None:
    answer = staff.get(reverse(HTML), {"mail": "invitation"})
    policy = directives(answer)
    assert policy["style-src"] == "'unsafe-inline'"
    assert policy["frame-ancestors"] == "'self'"
    others = {"default-src", "script-src", "connect-src", "img-src", "form-action"}
    assert {policy[name] for name in others} == {"'none'"}
    assert answer["X-Frame-Options"] == "SAMEORIGIN"


def test_only_the_page_of_previews_may_frame_anything(staff: Client) -> None:
    assert directives(staff.get(reverse(PAGE)))["frame-src"] == "'self'"
    assert "frame-src" not in directives(staff.get(reverse("admin:index")))
    assert directives(staff.get(reverse(PAGE)))["style-src"] == "'self'"


@pytest.mark.parametrize("page", [PAGE, HTML])
def test_a_mail_that_does_not_exist_is_not_found(staff: Client, page: str) -> None:
    assert staff.get(reverse(page), {"mail": "../base"}).status_code == 404


@pytest.mark.parametrize("page", [PAGE, HTML])
def test_an_outsider_sees_no_previews(cast: Cast, page: str) -> None:
    for browser in (Client(), signed_in(cast.owner), signed_in(cast.outsider)):
        assert browser.get(reverse(page), {"mail": "invitation"}).status_code in (302, 403)


@pytest.fixture
def demo(settings: Any, tmp_path: Path, db: None) -> Client:
    settings.DEMO, settings.MAIL_DIR = True, str(tmp_path)
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = str(tmp_path)
    return Client()


def test_the_demo_shows_its_mails_as_text_and_leads_to_their_html(demo: Client) -> None:
    sample("invitation").send()
    sample("account/email/login_code").send()
    page = demo.get(reverse("demo-mail")).content.decode()
    keys = {one.key: one for one in demo.get(reverse("demo-mail")).context["mails"]}
    assert len(keys) == 2
    for key, shown in keys.items():
        address = f"{reverse('demo-mail-html')}?mail={key}"
        assert f'href="{address}"' in page
        html = demo.get(address).content.decode()
        assert f"<h1>{shown.subject}</h1>" in html
        assert "You get this mail because" in shown.body


def test_a_mail_without_html_has_no_link_to_it(demo: Client) -> None:
    EmailMessage("Bare", "Only text.", to=["pat@agency.example"]).send()
    page = demo.get(reverse("demo-mail"))
    assert "Only text." in page.content.decode()
    assert "Read it as HTML" not in page.content.decode()
    key = page.context["mails"][0].key
    assert demo.get(reverse("demo-mail-html"), {"mail": key}).status_code == 404


@pytest.mark.parametrize("name", ["demo-mail", "demo-mail-html"])
def test_outside_of_a_demo_there_is_no_mailbox(demo: Client, settings: Any, name: str) -> None:
    sample("invitation").send()
    settings.DEMO = False
    assert demo.get(reverse(name), {"mail": "any"}).status_code == 404
