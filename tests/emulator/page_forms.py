"""Read the forms of a page with the standard library, for :mod:`tests.emulator.person`."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser


@dataclass
class Button:
    """A submit button: what it is called, and what it sends."""

    label: str
    name: str
    value: str


@dataclass
class Form:
    """A form: where it goes, what it always sends, what may be ticked and pressed."""

    action: str
    fields: list[tuple[str, str]] = field(default_factory=list)
    boxes: list[tuple[str, str]] = field(default_factory=list)
    buttons: list[Button] = field(default_factory=list)

    def press(self, label: str, extra: list[tuple[str, str]]) -> list[tuple[str, str]]:
        """What the form sends when a button is pressed."""
        button = next((b for b in self.buttons if b.label == label), None)
        if button is None:
            known = [b.label for b in self.buttons]
            raise LookupError(f"no button {label!r}; there are {known}")
        return [*self.fields, *extra, (button.name, button.value)]


class FormReader(HTMLParser):
    """Collects forms, and the heading that says what page it is."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.heading = ""
        self._inside = ""

    @classmethod
    def of(cls, html: str) -> FormReader:
        """Read a page."""
        reader = cls()
        reader.feed(html)
        return reader

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open a form, note an input, or begin to read a text."""
        given = {name: value or "" for name, value in attrs}
        self._inside = tag if tag in ("button", "h1") else self._inside
        if tag == "form":
            self.forms.append(Form(given.get("action", "")))
        elif tag == "input":
            self._input(given)
        elif tag == "button":
            button = Button("", given.get("name", ""), given.get("value", ""))
            self.forms[-1].buttons.append(button)

    def handle_endtag(self, tag: str) -> None:
        """End a text."""
        if tag == self._inside:
            self._inside = ""

    def handle_data(self, data: str) -> None:
        """Add to the text of a button or heading."""
        if self._inside == "h1":
            self.heading += data
        elif self._inside == "button":
            self.forms[-1].buttons[-1].label += data.strip()

    def _input(self, given: dict[str, str]) -> None:
        pair = (given.get("name", ""), given.get("value", ""))
        if given.get("type") == "checkbox":
            self.forms[-1].boxes.append(pair)
        else:
            self.forms[-1].fields.append(pair)
