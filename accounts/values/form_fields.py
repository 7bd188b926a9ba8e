"""Form fields with the rules of the house: what passes can be stored, shown, sent and exported."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from accounts.values import email_address, text, website_url

_DIRECTION = {"dir": "auto"}


class PlainTextField(forms.CharField):
    """Words on one line, as `accounts.values.text` takes them."""

    def to_python(self, value: Any) -> str:
        """The words in composed form, without what nobody sees at their ends."""
        typed = super().to_python(value)
        try:
            return text.cleaned(typed) if typed else ""
        except text.BadText as error:
            raise ValidationError(str(error)) from error

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        """Besides Django's: the browser finds out in which direction the words are written."""
        return {**super().widget_attrs(widget), **_DIRECTION}


class SeenTextField(forms.CharField):
    """Words of which nothing is wrong, such as those to look for: taken as they are seen."""

    def to_python(self, value: Any) -> str:
        """The words in composed form."""
        return text.seen(super().to_python(value) or "")

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {**super().widget_attrs(widget), **_DIRECTION}


class AddressField(forms.EmailField):
    """An e-mail address, as `accounts.values.email_address` takes it."""

    # Django's own rule is another one: its domains have no underscores, its names may be quoted.
    default_validators: list[Any] = []  # noqa: RUF012  # Django's attribute

    def to_python(self, value: Any) -> str:
        """The address in lower case, with its domain as A-labels."""
        typed = super().to_python(value)
        try:
            return email_address.cleaned(typed) if typed else ""
        except email_address.BadAddress as error:
            raise ValidationError(str(error)) from error

    def prepare_value(self, value: Any) -> Any:
        """What was stored, with the letters of its domain."""
        return email_address.shown(value) if isinstance(value, str) else value


class WebsiteField(forms.CharField):
    """The address of a public website, as `accounts.values.website_url` takes it."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=website_url.LONGEST, **kwargs)

    def to_python(self, value: Any) -> str:
        """The address with its scheme, and its host as A-labels."""
        typed = super().to_python(value)
        try:
            return website_url.normalised(typed) if typed else ""
        except website_url.BadWebsite as error:
            raise ValidationError(str(error)) from error

    def prepare_value(self, value: Any) -> Any:
        """What was stored, with the letters of its host."""
        return website_url.shown(value) if isinstance(value, str) else value
