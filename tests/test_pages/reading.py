"""The forms of a page as somebody without JavaScript has them."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

_TOKEN = "csrfmiddlewaretoken"
_TYPED = {"text", "email", "url", "search", "number", "tel", "date", "password"}


@dataclass
class Control:
    """One field: its kind (an input's type, `textarea`, `select`), and what is in it."""

    name: str
    kind: str
    value: str = ""
    options: list[str] = field(default_factory=list)
    classes: str = ""

    @property
    def is_typed(self) -> bool:
        """Whether people type into it what a page may show again."""
        return self.kind in _TYPED - {"password"} or self.kind == "textarea"


@dataclass
class Form:
    """A form: where it goes and how, and what is in it."""

    action: str
    method: str
    controls: list[Control] = field(default_factory=list)
    submits: list[Control] = field(default_factory=list)

    def control(self, name: str) -> Control | None:
        """The field of this name."""
        return next((one for one in self.controls if one.name == name), None)

    @property
    def shape(self) -> frozenset[tuple[str, str]]:
        """What tells this form from the others of its page: names and kinds of its fields."""
        return frozenset((one.name, one.kind) for one in self.controls if one.name != _TOKEN)


class PageReader(HTMLParser):
    """Collects the forms and links of a page, its title, and whether it points at what is wrong."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.links: list[str] = []
        self.title = ""
        self.points_at_errors = False
        self._form: Form | None = None
        self._text: Control | None = None
        self._in_title = False

    @classmethod
    def of(cls, html: str) -> "PageReader":
        """Read a page."""
        reader = cls()
        reader.feed(html)
        return reader

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open a form, or note one of its fields."""
        given = {name: value or "" for name, value in attrs}
        self.points_at_errors = self.points_at_errors or "data-focus" in given
        self._in_title = self._in_title or (tag == "title" and not self.title)
        if tag == "a":
            self.links.append(given.get("href", ""))
        if tag == "form":
            self._form = Form(given.get("action", ""), given.get("method", "get").lower())
            self.forms.append(self._form)
        elif self._form is not None:
            self._note(self._form, tag, given)

    def _note(self, form: Form, tag: str, given: dict[str, str]) -> None:
        name, value = given.get("name", ""), given.get("value", "")
        kind = given.get("type", "text") if tag == "input" else tag
        control = Control(name, kind, value, classes=given.get("class", ""))
        if tag == "button" or kind == "submit":
            if given.get("type", "submit") == "submit":
                form.submits.append(control)
        elif tag == "option" and self._text is not None:
            self._text.options.append(value)
            if "selected" in given:
                self._text.value = value
        elif kind in ("radio", "checkbox"):
            self._tick(form, control, "checked" in given)
        elif tag in ("input", "textarea", "select"):
            form.controls.append(control)
            self._text = control if tag != "input" else None

    def _tick(self, form: Form, control: Control, is_ticked: bool) -> None:
        known = form.control(control.name)
        if known is None:
            known = Control(control.name, control.kind)
            form.controls.append(known)
        known.options.append(control.value or "on")
        if is_ticked:
            known.value = control.value or "on"

    def handle_endtag(self, tag: str) -> None:
        """Close a form or a field."""
        if tag == "form":
            self._form = None
        elif tag in ("textarea", "select"):
            self._text = None
        elif tag == "title":
            self._in_title = False

    def handle_data(self, data: str) -> None:
        """Add to what is in a text area."""
        if self._in_title:
            self.title += data
        if self._text is not None and self._text.kind == "textarea":
            self._text.value += data
