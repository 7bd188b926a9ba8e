"""Widgets of the forms for requests."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from django import forms
from django.forms.renderers import BaseRenderer
from django.forms.utils import flatatt
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe


class LongSelect(forms.Select):
    """A select of hundreds of options that are the same for everybody; no groups.

    Django renders a template for each option. Here they are written once, and each form
    marks what is chosen: a page of two such lists takes a fifth of the time.
    """

    def render(
        self,
        name: str,
        value: Any,
        attrs: Mapping[str, Any] | None = None,
        renderer: BaseRenderer | None = None,  # Django passes it along
    ) -> SafeString:
        """The select, as Django's own template writes it."""
        chosen = set(self.format_value(value))
        options = "\n".join(
            f'<option value="{escaped}" selected>{label}</option>'
            if key in chosen
            else f'<option value="{escaped}">{label}</option>'
            for key, escaped, label in _escaped(tuple(self.choices))
        )
        around = flatatt({"name": name, **self.attrs, **(attrs or {})})
        # Every part of it is escaped.
        return mark_safe(f"<select{around}>\n{options}\n</select>")  # noqa: S308


@lru_cache(maxsize=8)
def _escaped(choices: tuple[tuple[Any, Any], ...]) -> list[tuple[str, str, str]]:
    """(value, the same escaped, label escaped) of each choice."""
    return [
        (str(value), format_html("{}", value), format_html("{}", label)) for value, label in choices
    ]
