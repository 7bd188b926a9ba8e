"""The buttons of a page, as a person sees and presses them."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

_VOID = frozenset({"input", "br", "img", "hr", "meta", "link", "source", "wbr"})


@dataclass
class Button:
    """What can be pressed: its words, where it leads, and what it sends along.

    `data` is None for a link that looks like a button. A list that is chosen from sends its
    first line; `choices` has all of its lines by name.
    """

    label: str
    address: str
    data: dict[str, str] | None
    choices: dict[str, list[str]] = field(default_factory=dict)


class _Reader(HTMLParser):
    """Collects what can be pressed inside the element with this id."""

    def __init__(self, inside: str) -> None:
        super().__init__()
        self.buttons: list[Button] = []
        self._inside, self._depth = inside, 0
        self._action, self._select = "", ""
        self._fields: dict[str, str] = {}
        self._choices: dict[str, list[str]] = {}
        self._reads: Button | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if self._depth or given.get("id") == self._inside:
            self._depth += tag not in _VOID
            self._enter(tag, given)

    def handle_endtag(self, tag: str) -> None:
        if not self._depth:
            return
        self._depth -= tag not in _VOID
        if tag == "form":
            self._action = ""
        elif tag == "select":
            self._select = ""
        elif self._reads is not None and tag in ("button", "a"):
            self._reads.label = " ".join(self._reads.label.split())
            self.buttons.append(self._reads)
            self._reads = None

    def handle_data(self, data: str) -> None:
        if self._reads is not None:
            self._reads.label += data

    def _enter(self, tag: str, given: dict[str, str]) -> None:
        if tag == "form":
            self._action, self._fields, self._choices = given.get("action", ""), {}, {}
        elif tag == "input" and self._action and given.get("type") not in ("checkbox", "radio"):
            self._fields[given.get("name", "")] = given.get("value", "")
        elif tag == "select":
            self._select = given.get("name", "")
        elif tag == "option" and self._select:
            self._choices.setdefault(self._select, []).append(given.get("value", ""))
        elif tag == "button" and self._action:
            self._reads = Button("", self._action, self._sent(given), dict(self._choices))
        elif tag == "a" and "button" in given.get("class", "").split():
            self._reads = Button("", given.get("href", ""), None)

    def _sent(self, button: dict[str, str]) -> dict[str, str]:
        chosen = {name: lines[0] for name, lines in self._choices.items()}
        own = {button["name"]: button.get("value", "")} if button.get("name") else {}
        return {**self._fields, **chosen, **own}


def buttons_of(html: str, inside: str = "live") -> list[Button]:
    """Every button and button-like link within the element with the id `inside`."""
    reader = _Reader(inside)
    reader.feed(html)
    return reader.buttons
