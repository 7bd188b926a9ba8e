"""The details of a request, asked for once and checked before Google sees them."""

import unicodedata
import uuid
from typing import Any
from uuid import UUID

from django import forms

from provisioning.google.dialect import Wish
from provisioning.places import regions, time_zones
from provisioning.websites import BadWebsite, normalised
from tokens.models import GoogleConnection

# Google counts UTF-16 units (contract §4.4).
_ACCOUNT_UNITS = 100
_PROPERTY_UNITS = 100
_STREAM_UNITS = 255
NEW_CONNECTION = "new"


class NameField(forms.CharField):
    """A name as Google takes it: no control characters, and a length in UTF-16 units."""

    def __init__(self, *, units: int, **kwargs: Any) -> None:
        super().__init__(max_length=units, **kwargs)
        self.units = units

    def clean(self, value: Any) -> str:
        """The name, normalised; or an error that says what Google would refuse."""
        text = unicodedata.normalize("NFC", super().clean(value))
        if any(unicodedata.category(char) in ("Cc", "Cs") for char in text):
            raise forms.ValidationError("Names have no control characters in them.")
        if len(text.encode("utf-16-le")) // 2 > self.units:
            raise forms.ValidationError(f"Google takes at most {self.units} characters here.")
        return text


class RequestForm(forms.Form):
    """Everything that an account, its property and its web stream need."""

    submission = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
    # Its choices are the tenant's own, so it is made anew with each form.
    connection = forms.ChoiceField()
    account_name = NameField(
        label="Account name",
        units=_ACCOUNT_UNITS,
        help_text="Usually the name of the company. People see it in Google Analytics.",
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )
    website_url = forms.CharField(
        label="Website",
        max_length=500,
        help_text="For example example.com",
        widget=forms.TextInput(attrs={"inputmode": "url", "autocomplete": "url"}),
    )
    property_name = NameField(
        label="Property name",
        units=_PROPERTY_UNITS,
        required=False,
        help_text="Leave it empty to use the website's name.",
    )
    stream_name = NameField(
        label="Web stream name",
        units=_STREAM_UNITS,
        required=False,
        help_text="Leave it empty to use the website's name.",
    )
    time_zone = forms.ChoiceField(
        label="Time zone", help_text="Reports begin their days by it.", choices=time_zones
    )
    region_code = forms.ChoiceField(
        label="Region",
        help_text="Where the company is. Google's terms depend on it.",
        choices=regions,
    )

    def __init__(self, *args: Any, connections: list[GoogleConnection], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.connections = {str(row.pk): row for row in connections}
        another = "Connect another Google account…" if connections else "Connect a Google account…"
        self.fields["connection"] = forms.ChoiceField(
            label="Google account",
            help_text="It will own the new Analytics account, and accepts Google's terms for it.",
            choices=[
                *((pk, row.email) for pk, row in self.connections.items()),
                (NEW_CONNECTION, another),
            ],
        )

    def clean_website_url(self) -> str:
        """A public website's address, with its scheme."""
        try:
            return normalised(self.cleaned_data["website_url"])
        except BadWebsite as error:
            raise forms.ValidationError(str(error)) from error

    def clean(self) -> dict[str, Any]:
        """Fill the names that were left empty from the website."""
        cleaned = super().clean() or self.cleaned_data
        host = str(cleaned.get("website_url", "")).partition("://")[2].partition("/")[0]
        for name, units in (("property_name", _PROPERTY_UNITS), ("stream_name", _STREAM_UNITS)):
            if name in cleaned:
                cleaned[name] = cleaned[name] or host[:units]
        return cleaned

    @property
    def wish(self) -> Wish:
        """The wish of a valid form."""
        names = Wish.__dataclass_fields__
        return Wish(**{name: self.cleaned_data[name] for name in names})

    @property
    def chosen(self) -> GoogleConnection | None:
        """The chosen connection of a valid form; None for one that is yet to be made."""
        return self.connections.get(self.cleaned_data["connection"])

    @property
    def submission_id(self) -> UUID:
        """What this form will be known by when it comes a second time."""
        value: UUID = self.cleaned_data["submission"]
        return value
