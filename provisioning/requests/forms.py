"""The details of a request, asked for once and checked before Google sees them."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.utils.functional import cached_property

from accounts.values import locales, website_url
from accounts.values.email_address import shown
from accounts.values.form_fields import AddressField, PlainTextField, WebsiteField
from provisioning.analytics.backends import Backend
from provisioning.analytics.google.backend import AccountSpec
from provisioning.analytics.google.backends import offered
from provisioning.requests.account_names import proposed_name
from provisioning.requests.models.defaults import Flow
from provisioning.requests.models.request import AccessRole, ProvisioningRequest, Retention
from provisioning.requests.services.defaults import Choices
from provisioning.requests.widgets import LongSelect, ZoneSelect
from tokens.connections.models.connection import GoogleConnection

# Google counts UTF-16 units (contract §4.4).
_ACCOUNT_UNITS = 100
_PROPERTY_UNITS = 100
_STREAM_UNITS = 255
NEW_CONNECTION = "new"
# What a form carries whose second account for a website is made on purpose: the website.
SAME_WEBSITE = "again_for"
_SHOWN_OF_THE_SAME = 5
# Only GA4 has them.
OPTION_FIELDS = ("event_retention", "access_email", "access_role")


class NameField(PlainTextField):
    """A name as Google takes it and people see it, with a length in UTF-16 units."""

    def __init__(self, *, units: int, **kwargs: Any) -> None:
        super().__init__(max_length=units, **kwargs)
        self.units = units

    def validate(self, value: str) -> None:
        """Refuse what Google would find too long."""
        super().validate(value)
        if len(value.encode("utf-16-le")) // 2 > self.units:
            raise forms.ValidationError(f"Google takes at most {self.units} characters here.")


class TimeZoneField(forms.ChoiceField):
    """A time zone under any of its names."""

    def to_python(self, value: Any) -> str:
        """The name under which it is offered; what is none stays, to be refused."""
        typed = super().to_python(value)
        return locales.canonical_zone(typed) or typed

    def prepare_value(self, value: Any) -> Any:
        """What was stored under another name before is shown under the offered one."""
        return locales.canonical_zone(value) or value if isinstance(value, str) else value


class UsualChoiceField(forms.ChoiceField):
    """A choice that falls back to its initial one where a form does not carry it."""

    def to_python(self, value: Any) -> str:
        """What was chosen, else the usual."""
        return super().to_python(value) or str(self.initial)


class RequestForm(forms.Form):
    """Everything that an account, its property and its web stream need."""

    # As the page shows them, so that the summary of what is wrong goes down the page.
    field_order = (
        "submission",
        "website_url",
        "account_name",
        "property_name",
        "stream_name",
        "time_zone",
        "region_code",
        "connection",
        "backend",
    )

    submission = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
    # Its choices are the tenant's own, so it is made anew with each form.
    connection = forms.ChoiceField()
    backend = forms.ChoiceField(
        label="Google's API",
        help_text="The legacy API is for those whom Google still lets in.",
    )
    account_name = NameField(
        label="Account name",
        units=_ACCOUNT_UNITS,
        help_text="Usually the name of the company. People see it in Google Analytics.",
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )
    website_url = WebsiteField(
        label="Website",
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
    time_zone = TimeZoneField(
        label="Time zone",
        help_text="Reports begin their days by it.",
        choices=locales.time_zones,
        widget=ZoneSelect,
    )
    region_code = forms.ChoiceField(
        label="Region",
        help_text="Where the company is. Google's terms depend on it.",
        choices=locales.regions,
        widget=LongSelect,
    )

    event_retention = forms.ChoiceField(
        label="Keep events for",
        required=False,
        choices=[("", "Google's own choice"), *Retention.choices],
        help_text="Explorations in Google Analytics look back as far as that.",
    )
    access_email = AddressField(
        label="Give access to",
        required=False,
        help_text="A colleague's Google account.",
    )
    access_role = forms.ChoiceField(
        label="Their role", required=False, choices=AccessRole, help_text="What they may do there."
    )

    def __init__(
        self,
        *args: Any,
        connections: list[GoogleConnection],
        name_pattern: str | None = None,
        full: Mapping[str, int] | None = None,
        backend: Backend = Backend.GA4,
        backends: Sequence[Backend] = (),
        changes: ProvisioningRequest | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.changes = changes
        self.name_pattern = name_pattern
        self._usual = backend
        if backend is Backend.V3:
            self.fields["stream_name"].label = "View name"
        self._offer(backends)
        if name_pattern is not None:
            self.fields["account_name"].required = False
        self._ask_for_unknown_places()
        self.connections = {str(row.pk): row for row in connections}
        another = "Connect another Google account…" if connections else "Connect a Google account…"
        self.fields["connection"] = forms.ChoiceField(
            label="Google account",
            help_text=" ".join(
                [
                    "It will own the new Analytics account, and accepts Google's terms for it.",
                    *self._warnings(full or {}),
                ]
            ),
            choices=[
                *((pk, shown(row.email)) for pk, row in self.connections.items()),
                (NEW_CONNECTION, another),
            ],
        )

    def _ask_for_unknown_places(self) -> None:
        """Where nothing is known, nothing is chosen: not the first of the list by accident."""
        for name, offered_ in (("time_zone", locales.time_zones), ("region_code", locales.regions)):
            field = self.fields[name]
            if isinstance(field, forms.ChoiceField) and not self.get_initial_for_field(field, name):
                field.choices = [("", "Choose one"), *offered_()]

    def _offer(self, backends: Sequence[Backend]) -> None:
        """Let people choose among `backends` if there is a choice, and leave out what none has."""
        if len(backends) > 1:
            field = UsualChoiceField(
                label=self.fields["backend"].label,
                help_text=self.fields["backend"].help_text,
                choices=[(one.value, one.label) for one in backends],
                initial=self._usual.value,
            )
            self.fields["backend"] = field
        else:
            del self.fields["backend"]
        if Backend.GA4 not in {self._usual, *backends}:
            for name in OPTION_FIELDS:
                del self.fields[name]

    def _warnings(self, full: Mapping[str, int]) -> list[str]:
        return [
            f"{self.connections[pk]} is full: Google listed {count} Analytics accounts."
            for pk, count in full.items()
            if pk in self.connections
        ]

    def clean(self) -> dict[str, Any]:
        """Fill the names that were left empty from the website."""
        cleaned = super().clean() or self.cleaned_data
        if self.name_pattern is not None and cleaned.get("account_name") == "":
            website = str(cleaned.get("website_url", ""))
            cleaned["account_name"] = proposed_name(website, self.name_pattern)
        if not cleaned.get("access_email"):
            cleaned["access_role"] = ""
        elif not cleaned.get("access_role"):
            cleaned["access_role"] = AccessRole.VIEWER.value
        self._refuse_options_of_others(cleaned)
        self._ask_about_the_same(cleaned)
        host = website_url.host_readable(str(cleaned.get("website_url", "")))
        for name, units in (("property_name", _PROPERTY_UNITS), ("stream_name", _STREAM_UNITS)):
            if name in cleaned:
                cleaned[name] = cleaned[name] or host[:units]
        return cleaned

    def _ask_about_the_same(self, cleaned: Mapping[str, Any]) -> None:
        """A second account for a website is made on purpose only."""
        website = cleaned.get("website_url", "")
        if website and self.same_website and self.data.get(SAME_WEBSITE) != website:
            self.add_error("website_url", "You have this website already. See below.")

    @property
    def website(self) -> str:
        """The website as it is kept, once there is one: typed, or known before."""
        typed = str(self["website_url"].value() or "")
        try:
            return website_url.normalised(typed) if typed else ""
        except website_url.BadWebsite:
            return ""

    @cached_property
    def same_website(self) -> list[ProvisioningRequest]:
        """The tenant's requests for the same website, without the one that this form is about."""
        if not self.website:
            return []
        rows = ProvisioningRequest.objects.for_website(self.website)
        if self.changes is not None:
            rows = rows.exclude(pk=self.changes.pk)
        sent = self["submission"].value()
        return [row for row in rows[:_SHOWN_OF_THE_SAME] if str(row.submission) != str(sent)]

    @property
    def is_on_purpose(self) -> bool:
        """Whether somebody has said that they want another account for this very website."""
        return bool(self.website) and self.data.get(SAME_WEBSITE) == self.website

    def _refuse_options_of_others(self, cleaned: dict[str, Any]) -> None:
        if self._backend_in(cleaned) is Backend.GA4:
            return
        for name in ("event_retention", "access_email"):
            if cleaned.get(name):
                self.add_error(name, "Only Google Analytics 4 has this. Leave it empty.")

    @property
    def chosen_backend(self) -> Backend:
        """The API that a valid form's request is made through."""
        return self._backend_in(self.cleaned_data)

    def _backend_in(self, cleaned: Mapping[str, Any]) -> Backend:
        return Backend(cleaned.get("backend") or self._usual)

    @property
    def offers_options(self) -> bool:
        """Whether there is anything to be set up besides."""
        return OPTION_FIELDS[0] in self.fields

    @property
    def options_open(self) -> bool:
        """Whether the options are shown from the start: something stands there, or is wrong."""
        asked = ("event_retention", "access_email")
        return any(self[name].value() or self[name].errors for name in asked)

    @property
    def open_fields(self) -> list[forms.BoundField]:
        """What has to be asked even where no form is wished for."""
        return [field for field in self.visible_fields() if self._is_open(field)]

    @property
    def folded_fields(self) -> list[forms.BoundField]:
        """What is known, or filled in by itself."""
        return [field for field in self.visible_fields() if not self._is_open(field)]

    @property
    def known_in_words(self) -> list[tuple[str, str]]:
        """What is known, as people read it."""
        words = []
        for field in self.folded_fields:
            value = str(field.value() or "")
            if value and field.name != "connection":
                choices = dict(getattr(field.field, "choices", ()))
                words.append((str(field.label), str(choices.get(value, value))))
        return words

    def _is_open(self, field: forms.BoundField) -> bool:
        if self.is_bound:
            return bool(field.errors) or field.name == "website_url"
        return field.field.required and not field.initial

    @property
    def spec(self) -> AccountSpec:
        """What a valid form asks for."""
        names = AccountSpec.__dataclass_fields__
        return AccountSpec(**{name: self.cleaned_data.get(name, "") for name in names})

    @property
    def chosen(self) -> GoogleConnection | None:
        """The chosen connection of a valid form; None for one that is yet to be made."""
        return self.connections.get(self.cleaned_data["connection"])

    @property
    def submission_id(self) -> UUID:
        """What this form will be known by when it comes a second time."""
        value: UUID = self.cleaned_data["submission"]
        return value


class DefaultsForm(forms.Form):
    """What a tenant's requests begin with."""

    flow = forms.ChoiceField(
        label="What people are asked, and when", choices=Flow, widget=forms.RadioSelect
    )
    backend = forms.ChoiceField(
        label="Google's API",
        choices=lambda: [(one.value, one.label) for one in offered()],
        help_text="The legacy API is for those whom Google still lets in.",
    )
    account_name_pattern = NameField(
        label="Account name",
        units=_ACCOUNT_UNITS,
        required=False,
        help_text="{website} stands for the website's name. Empty: the website's name alone.",
    )
    time_zone = TimeZoneField(
        label="Time zone",
        required=False,
        help_text="Empty: as in the request before.",
        choices=lambda: [("", "As in the request before"), *locales.time_zones()],
        widget=ZoneSelect,
    )
    region_code = forms.ChoiceField(
        label="Region",
        required=False,
        help_text="Empty: as in the request before.",
        choices=lambda: [("", "As in the request before"), *locales.regions()],
        widget=LongSelect,
    )

    @property
    def choices(self) -> Choices:
        """The choices of a valid form."""
        cleaned = self.cleaned_data
        return Choices(
            backend=Backend(cleaned["backend"]),
            flow=Flow(cleaned["flow"]),
            time_zone=cleaned["time_zone"],
            region_code=cleaned["region_code"],
            account_name_pattern=cleaned["account_name_pattern"],
        )
