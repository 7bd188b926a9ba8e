"""Forms about tenants and their members."""

import re
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError

from accounts.members.roles import DESCRIPTIONS, Role, may_give
from accounts.tenancy.models import Tenant
from accounts.values.email_address import BadAddress, cleaned
from accounts.values.form_fields import PlainTextField

MOST_INVITATIONS = 50
# Between addresses: commas and semicolons of several scripts, and every kind of space.
_BETWEEN_ADDRESSES = re.compile(r"[\s,;،；，、]+")  # noqa: RUF001  # what is meant


class TenantForm(forms.Form):
    """The one thing that an organisation needs to begin."""

    name = PlainTextField(
        label="Name of your organisation",
        max_length=100,
        help_text="Your colleagues see it. It also becomes part of the address of every page.",
        widget=forms.TextInput(attrs={"autocomplete": "organization", "autofocus": True}),
    )


class TenantSettingsForm(forms.ModelForm):  # type: ignore[type-arg]  # generic only in the stubs
    """What an owner says about the organisation as a whole."""

    name = PlainTextField(
        label="Name of the organisation",
        max_length=100,
        help_text="The address of its pages stays as it is.",
    )

    class Meta:
        model = Tenant
        fields = ("name", "reply_to", "requires_mfa")
        labels: ClassVar[dict[str, str]] = {
            "reply_to": "Reply address",
            "requires_mfa": "Every member needs a passkey or an authenticator app",
        }
        help_texts: ClassVar[dict[str, str]] = {
            "reply_to": "Answers to invitations and reconnect links go there.",
            "requires_mfa": "Members without one are led to set it up before they come in.",
        }


class InvitationForm(forms.Form):
    """Whom to invite, and as what."""

    emails = forms.CharField(
        label="E-mail addresses",
        max_length=4000,
        help_text="One or many, each on its own line or with commas between them.",
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "off", "spellcheck": "false"}),
    )
    role = forms.ChoiceField(label="As", widget=forms.RadioSelect)

    def __init__(self, *args: Any, giver: Role, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["role"]
        field.choices = [(one, f"{one.label}. {DESCRIPTIONS[one]}") for one in may_give(giver)]
        field.initial = Role.VIEWER if giver == Role.VIEWER else Role.ADMIN

    def clean_emails(self) -> list[str]:
        """Each address, checked; the first that is none is named."""
        typed = [one for one in _BETWEEN_ADDRESSES.split(self.cleaned_data["emails"]) if one]
        if len(typed) > MOST_INVITATIONS:
            raise ValidationError(f"At most {MOST_INVITATIONS} addresses at once.")
        found = []
        for one in typed:
            try:
                found.append(cleaned(one))
            except BadAddress as error:
                what = f"“{one[:80]}” is not an e-mail address."
                raise ValidationError(f"{what} {error}") from error
        return found


class RoleForm(forms.Form):
    """Another role for a member."""

    role = forms.ChoiceField(choices=Role.choices)
