"""Widgets of the forms for requests."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from django import forms
from django.forms.renderers import BaseRenderer
from django.forms.utils import flatatt
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe

from accounts.values.locales import other_names_of_zones, region_of_zone


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
            f'<option value="{value}"{" selected" if key in chosen else ""}{more}>{label}</option>'
            for key, value, more, label in _escaped(type(self), tuple(self.choices))
        )
        around = flatatt({"name": name, **self.attrs, **(attrs or {})})
        # Every part of it is escaped.
        return mark_safe(f"<select{around}>\n{options}\n</select>")  # noqa: S308

    @classmethod
    def more_of(cls, value: str) -> str:  # noqa: ARG003  # zones look at it
        """What the option of this value carries besides, escaped."""
        return ""


class ZoneSelect(LongSelect):
    """Time zones, each with its other names and its country, for the script to search by."""

    @classmethod
    def more_of(cls, value: str) -> str:
        """`data-words` to be found by, and `data-region` to propose."""
        names, region = other_names_of_zones().get(value, ""), region_of_zone(value)
        return format_html(' data-words="{}" data-region="{}"', names, region)


@lru_cache(maxsize=8)
def _escaped(
    kind: type[LongSelect], choices: tuple[tuple[Any, Any], ...]
) -> list[tuple[str, str, str, str]]:
    """(value, value escaped, what else, label escaped) of each choice."""
    return [
        (str(value), escape(value), kind.more_of(str(value)), escape(label))
        for value, label in choices
    ]
