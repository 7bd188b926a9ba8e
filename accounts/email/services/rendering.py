"""Every mail of the portal is made here, as text and as HTML that says the same.

Only the text is written, as a template. What its paragraphs are is seen from their
shape: a line that ends in a colon above the mail's link is its one button, indented
lines are a code, lines that each begin with a word and a colon are facts, and what
begins with "You get this mail because" says so.

What comes from people, such as the name of an organisation, goes through `plain()`
first, so that it can add neither a header, nor a paragraph, nor a button.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.headerregistry import Address

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import timezone

from accounts.values.email_address import shown
from accounts.values.text import seen

_FACTS = re.compile(r"(?:[A-Z][\w -]{0,24}: .*\n?)+")
_WHY = "You get this mail because"
# Nobody's name is so long, and a header has to end somewhere.
_LONGEST = 300


@dataclass(frozen=True, slots=True)
class Block:
    """One paragraph of a mail: `words`, `why`, `facts`, a `code`, or a `button` with `address`."""

    kind: str
    words: str
    address: str = ""

    @property
    def facts(self) -> list[tuple[str, str]]:
        """What each line of facts is about, and what it says."""
        parted = (line.partition(":") for line in self.words.split("\n"))
        return [(about.strip(), said.strip()) for about, _, said in parted]


@dataclass(frozen=True, slots=True)
class Stop:
    """How such mails are stopped: what to say of it, and the address that does it."""

    words: str
    address: str

    @property
    def headers(self) -> dict[str, str]:
        """What mail programs make their own button of (RFC 8058)."""
        return {
            "List-Unsubscribe": f"<{self.address}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        }


@dataclass(frozen=True, slots=True)
class Extras:
    """What a mail may carry besides its words: where answers go, headers, how to stop it."""

    reply_to: str = ""
    headers: Mapping[str, str] | None = None
    stop: Stop | None = None


def written(
    template: str, to: list[str], *, link: str = "", extras: Extras | None = None, **said: object
) -> EmailMultiAlternatives:
    """The mail of `email/<template>.txt`, whose first line is the subject.

    `link` is where its one button leads. All that is `said` goes through `plain()`.

    Raises:
        TypeError: something is `said` that is not words, a number, a time, or a list of words.
    """
    context = {name: plain(value) for name, value in said.items()}
    context |= {"link": link, "email": plain(", ".join(map(shown, to)))}
    # A mail names its zone itself, whichever the page that causes it is shown in.
    with timezone.override(UTC):
        whole = render_to_string(f"email/{template}.txt", context)
    subject, _, text = whole.strip().partition("\n")
    return composed(subject, text, to, link=link, extras=extras)


def composed(
    subject: str, text: str, to: list[str], *, link: str = "", extras: Extras | None = None
) -> EmailMultiAlternatives:
    """A mail with both of its bodies, from a text whose only button may lead to `link`."""
    extras = extras or Extras()
    subject = one_line(subject)
    foot = f"Analytics Provisioning Portal, {settings.BASE_URL}"
    body, stop = text.replace("\r\n", "\n").strip(), extras.stop
    stops = f"{stop.words}: {stop.address}\n" if stop else ""
    mail = EmailMultiAlternatives(
        subject,
        f"{body}\n\n--\n{foot}\n{stops}",
        to=to,
        reply_to=[str(Address(addr_spec=extras.reply_to))] if extras.reply_to else None,
        headers={**(extras.headers or {}), **(stop.headers if stop else {})},
    )
    context = {"subject": subject, "blocks": blocks_of(body, link), "foot": foot, "stop": stop}
    mail.attach_alternative(render_to_string("email/layout.html", context), "text/html")
    return mail


def plain(value: object) -> object:
    """`value` as a mail may say it: words on one line, without signs that are not seen.

    Raises:
        TypeError: a row, or whatever else could say more than it shows.
    """
    match value:
        case str():
            # Mail programs make links of addresses; the only link of a mail is the portal's.
            return one_line(value).replace("://", ": //")
        case list():
            return [plain(one) for one in value]
        case bool() | int() | datetime() | None:
            return value
    raise TypeError(f"A mail takes words, not {type(value).__name__}.")


def one_line(words: str) -> str:
    """`words` without line breaks, control signs, and signs that turn the direction of writing."""
    return seen(words)[:_LONGEST]


def blocks_of(body: str, link: str) -> list[Block]:
    """The paragraphs of a text body whose only button leads to `link`."""
    blocks: list[Block] = []
    for raw in re.split(r"\n\s*\n", body.strip("\n")):
        words = " ".join(raw.split())
        if not words:
            continue
        if link and words == link:
            blocks.append(_button(blocks, link))
        else:
            blocks.append(_block(raw, words))
    return blocks


def _block(raw: str, words: str) -> Block:
    if all(line.startswith("    ") for line in raw.splitlines()):
        return Block("code", words)
    if "\n" in raw and _FACTS.fullmatch(raw):
        return Block("facts", raw.strip())
    return Block("why" if words.startswith(_WHY) else "words", words)


def _button(before: list[Block], address: str) -> Block:
    """The button for `address`, labelled with the line above it where that announces it."""
    if before and before[-1].kind == "words" and before[-1].words.endswith(":"):
        label = before.pop().words.rstrip(":")
        if len(label) <= 60:
            return Block("button", label, address)
        before.append(Block("words", f"{label}:"))
    return Block("button", "Open the page", address)
