"""Forms of staff pages: each asks why, and the answer ends in the audit record."""

from typing import Any

from django import forms

from accounts.values.form_fields import PlainTextField
from tokens.credentials.forms import ClientForm, ClientSecretForm

_MOST = 200


class WhyField(PlainTextField):
    """The reason of a member of staff."""

    def __init__(self) -> None:
        super().__init__(
            label="Why?",
            max_length=_MOST,
            help_text="It stands in the audit record beside your name.",
            error_messages={"required": "Say why. Nothing was done."},
            widget=forms.TextInput(attrs={"autocomplete": "off", "class": "vTextField"}),
        )


class WhyForm(forms.Form):
    """Nothing but the reason."""

    reason = WhyField()


class PortalSecretForm(ClientSecretForm):
    """Another secret of an uploaded client."""

    reason = WhyField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        as_staff_see_them(self)


class PortalClientForm(ClientForm):
    """An OAuth client of the portal's own."""

    reason = WhyField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].help_text = "As people read it. Empty: The portal's own."
        as_staff_see_them(self)


def as_staff_see_them(form: forms.Form) -> None:
    """Give each field for text the width that those of Django admin have."""
    for field in form.fields.values():
        if isinstance(field.widget, (forms.TextInput, forms.PasswordInput)):
            field.widget.attrs["class"] = "vTextField"
