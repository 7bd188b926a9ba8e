"""Mails, each as text and as HTML that says the same in the same words.

Only the text is written, as a template. What its blocks are is seen from their shape:
a line that ends in a colon above an address is the mail's one button, indented lines
are a code, and what stands below `--` is the foot.
"""

import re
from dataclasses import dataclass
from email.headerregistry import Address

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string

_ADDRESS = re.compile(r"https?://\S+")
FOOT = "\n--\n"


@dataclass(frozen=True, slots=True)
class Block:
    """One paragraph of a mail: `words`, a `code`, or a `button` with its `address`."""

    kind: str
    words: str
    address: str = ""


def letter(
    subject: str, text: str, to: str, *, reply_to: str = "", headers: dict[str, str] | None = None
) -> EmailMultiAlternatives:
    """A mail with both of its bodies. Line breaks in `subject` are taken out."""
    mail = EmailMultiAlternatives(
        " ".join(subject.split()),
        text.strip() + "\n",
        to=[to],
        reply_to=[str(Address(addr_spec=reply_to))] if reply_to else None,
        headers=headers,
    )
    mail.attach_alternative(html_of(text), "text/html")
    return mail


def written(
    template: str, to: str, *, reply_to: str = "", **context: object
) -> EmailMultiAlternatives:
    """The mail of `email/<template>.txt`, whose first line is the subject."""
    whole = render_to_string(f"email/{template}.txt", {**context, "base_url": settings.BASE_URL})
    subject, _, text = whole.strip().partition("\n")
    return letter(subject, text, to, reply_to=reply_to)


def html_of(text: str) -> str:
    """The HTML body that belongs to a text body."""
    body, _, foot = text.replace("\r\n", "\n").partition(FOOT)
    return render_to_string("email/letter.html", {"blocks": blocks_of(body), "foot": foot.strip()})


def blocks_of(body: str) -> list[Block]:
    """The paragraphs of a text body."""
    blocks: list[Block] = []
    for raw in re.split(r"\n\s*\n", body.strip("\n")):
        words = " ".join(raw.split())
        if not words:
            continue
        if all(line.startswith("    ") for line in raw.splitlines()):
            blocks.append(Block("code", words))
        elif _ADDRESS.fullmatch(words):
            blocks.append(_button(blocks, words))
        else:
            blocks.append(Block("words", words))
    return blocks


def _button(before: list[Block], address: str) -> Block:
    """The button for `address`, labelled with the line above it where that announces it."""
    if before and before[-1].kind == "words" and before[-1].words.endswith(":"):
        label = before.pop().words.rstrip(":")
        if len(label) <= 60:
            return Block("button", label, address)
        before.append(Block("words", f"{label}:"))
    return Block("button", "Open the page", address)
