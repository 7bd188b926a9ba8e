"""Every e-mail: one builder, text and HTML that say the same, one button, and why it came."""

import re
from html.parser import HTMLParser
from pathlib import Path

import allauth
import pytest
from django.core.mail import EmailMultiAlternatives

from accounts.email.services.kinds import every_type
from accounts.email.services.rendering import one_line, plain
from accounts.email.types import Topic
from portal.staff.email_samples import sample
from tests.cast import Cast
from tests.test_house.source import APPS, ROOT, python_files

EMAILS = every_type()
OF_A_TENANT = [
    "invitation",
    "reconnect_link",
    "terms_again",
    "connection_broken",
    "role_changed",
    "member_removed",
    "ownership_received",
    "service_account_refused",
    "rotation_stopped",
    "deletion_requested",
    "deletion_cancelled",
    "organisation_deleted",
    "own_client_refused",
]
HOSTILE = {
    "a header": "Acme\r\nBcc: all@evil.example\r\nX-Canary: 1",
    "a paragraph": "Acme\n\nOpen the page:\n\nhttps://evil.example/\n\n",
    "unseen line ends": "Acme\u2028Bcc: x@evil.example\u2029\x85\x0b\x0cend\x00",
    "another direction": "Acme \u202egnikcab\u202c \u2066inside\u2069 \u200f\u061c",
    "HTML": '<script>alert(1)</script><a href="https://evil.example">Acme</a>',
    "template": "{{ link }}{% now 'Y' %}",
    "a foot": "Acme\n\n--\nForged foot",
}


STOP = "/mails/stop/"


class Reader(HTMLParser):
    """What a person reads of an HTML body, and where it leads."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.links: list[str] = []
        self.tags: set[str] = set()
        self._silent = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.links += [value for name, value in attrs if name in {"href", "src"} and value]
        if tag in {"title", "style", "h1"}:
            self._silent = tag

    def handle_endtag(self, tag: str) -> None:
        if tag == self._silent:
            self._silent = ""

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.words += data.split()


def read(message: EmailMultiAlternatives) -> Reader:
    reader = Reader()
    reader.feed(html_of(message))
    return reader


def html_of(message: EmailMultiAlternatives) -> str:
    ((html, kind),) = [(str(one[0]), one[1]) for one in message.alternatives]
    assert kind == "text/html"
    return html


def body_of(message: EmailMultiAlternatives) -> str:
    """The text above the foot."""
    return str(message.body).rpartition("\n\n--\n")[0]


@pytest.mark.parametrize("name", EMAILS)
def test_text_and_html_say_the_same(name: str) -> None:
    message = sample(name)
    whole = str(message.body).replace("\n--\n", "\n").split()
    # Behind words that are a link its address need not be read.
    text = [word for word in whole if STOP not in word]
    html = read(message).words
    # A button says its address beside its label, whose colon it does not need.
    assert sorted(word.rstrip(":") for word in text) == sorted(word.rstrip(":") for word in html)


@pytest.mark.parametrize("name", EMAILS)
def test_there_is_at_most_one_button_and_it_is_no_bare_address(name: str) -> None:
    message = sample(name)
    links = [link for link in read(message).links if STOP not in link]
    assert len(links) <= 1
    assert len(re.findall(r"https?://", body_of(message))) == len(links)
    assert "Open the page</a>" not in html_of(message)


@pytest.mark.parametrize("name", EMAILS)
def test_it_says_why_it_came(name: str) -> None:
    message = sample(name)
    assert "\n\nYou get this mail because " in body_of(message)
    assert 'class="why"' in html_of(message)


@pytest.mark.parametrize("name", EMAILS)
def test_it_is_read_without_pictures_scripts_or_anything_from_elsewhere(name: str) -> None:
    html = html_of(sample(name))
    assert not {"img", "script", "link", "iframe", "form"} & read(sample(name)).tags
    assert not re.search(r"url\(|@import", html)
    assert 'name="viewport"' in html
    assert "prefers-color-scheme: dark" in html


@pytest.mark.parametrize("name", OF_A_TENANT)
def test_the_organisation_stands_first_in_the_subject(name: str) -> None:
    assert sample(name).subject.startswith("Acme Agency")


@pytest.mark.parametrize("name", ["invitation", "reconnect_link", "terms_again"])
def test_what_ends_says_when(name: str) -> None:
    assert re.search(r"\d+ March 2027, \d\d:\d\d UTC", body_of(sample(name)))


@pytest.mark.parametrize("name", [name for name in EMAILS if name.endswith("_code")])
def test_a_code_says_for_how_long_it_works(name: str) -> None:
    assert re.search(r"works for \d+ minutes", body_of(sample(name)))


@pytest.mark.parametrize("name", [*OF_A_TENANT, "client_refused"])
@pytest.mark.parametrize("organisation", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_name_adds_nothing_but_words(name: str, organisation: str) -> None:
    tame, hostile = sample(name), sample(name, organisation)
    assert hostile.message().keys() == tame.message().keys()
    assert "\n" not in hostile.subject
    assert one_line(str(hostile.subject)) == hostile.subject
    assert body_of(hostile).count("\n\n") == body_of(tame).count("\n\n")
    assert read(hostile).links == read(tame).links
    assert read(hostile).tags == read(tame).tags
    assert "://evil" not in str(hostile.body)
    raw = hostile.message().as_bytes()
    assert b"\nBcc:" not in raw
    assert b"\nX-Canary:" not in raw


@pytest.mark.parametrize("agent", HOSTILE.values(), ids=HOSTILE.keys())
def test_what_a_browser_calls_itself_adds_nothing_but_words(agent: str) -> None:
    from_allauth = "account/email/password_changed"
    tame = sample(from_allauth)
    hostile = sample(from_allauth, agent)
    assert read(hostile).links == read(tame).links
    assert read(hostile).tags == read(tame).tags
    assert body_of(hostile).count("\n\n") == body_of(tame).count("\n\n")


def test_names_that_need_joiners_keep_them() -> None:
    family = "\U0001f469\u200d\U0001f469\u200d\U0001f467"
    persian = "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"
    assert plain(f"{family} {persian}") == f"{family} {persian}"


def test_a_row_cannot_be_said(cast: Cast) -> None:
    with pytest.raises(TypeError, match="not Tenant"):
        plain(cast.tenant)


def test_every_template_has_a_kind_and_every_kind_a_template() -> None:
    ours = {path.stem for path in (ROOT / "templates" / "email").glob("*.txt")}
    theirs = Path(allauth.__path__[0]) / "templates"
    of_allauth = {
        str(path.relative_to(room)).removesuffix("_message.txt")
        for room in (theirs, ROOT / "templates")
        for path in room.glob("*/email/*_message.txt")
    }
    assert ours | of_allauth - {"account/email/base"} == set(EMAILS)


@pytest.mark.parametrize("name", [name for name in EMAILS if "/" in name])
def test_no_mail_is_left_in_the_words_of_the_library(name: str) -> None:
    for part in ("subject", "message"):
        assert (ROOT / "templates" / f"{name}_{part}.txt").exists()


def test_mail_is_made_in_one_place_only() -> None:
    makes = re.compile(
        r"(?<!def )\b(send_mail|send_mass_mail|mail_admins|mail_managers|MIMEText)\b"
    )
    calls = re.compile(r"\bEmail(Message|MultiAlternatives)\(")
    makers = {
        str(path)
        for path in python_files(*APPS)
        if makes.search(text := (ROOT / path).read_text("utf-8")) or calls.search(text)
    }
    assert makers == {"accounts/email/services/rendering.py"}


def test_every_topic_has_a_mail() -> None:
    assert {mail.topic for mail in EMAILS.values()} == set(Topic)
