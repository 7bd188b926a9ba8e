"""Forms about tenants and their members."""

import re
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from accounts.models import Tenant
from accounts.roles import DESCRIPTIONS, Role, may_give

MOST_INVITATIONS = 50


class TenantForm(forms.Form):
    """The one thing that an organisation needs to begin."""

    name = forms.CharField(
        label="Name of your organisation",
        max_length=100,
        help_text="Your colleagues see it. It also becomes part of the address of every page.",
        widget=forms.TextInput(attrs={"autocomplete": "organization", "autofocus": True}),
    )


class TenantSettingsForm(forms.ModelForm):  # type: ignore[type-arg]  # generic only in the stubs
    """What an owner says about the organisation as a whole."""

    class Meta:
        model = Tenant
        fields = ("name", "reply_to", "requires_mfa")
        labels: ClassVar[dict[str, str]] = {
            "name": "Name of the organisation",
            "reply_to": "Reply address",
            "requires_mfa": "Every member needs a passkey or an authenticator app",
        }
        help_texts: ClassVar[dict[str, str]] = {
            "name": "The address of its pages stays as it is.",
            "reply_to": "Answers to invitations and reconnect links go there.",
            "requires_mfa": "Members without one are led to set it up before they come in.",
        }

    def clean_name(self) -> str:
        """Spaces around it are taken off; nothing else may be missing."""
        return str(self.cleaned_data["name"]).strip()


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
        found = [one for one in re.split(r"[\s,;]+", self.cleaned_data["emails"]) if one]
        if len(found) > MOST_INVITATIONS:
            raise ValidationError(f"At most {MOST_INVITATIONS} addresses at once.")
        wrong = [one for one in found if not _is_address(one)]
        if wrong:
            raise ValidationError(f"“{wrong[0][:80]}” is not an e-mail address.")
        return [one.lower() for one in found]


class RoleForm(forms.Form):
    """Another role for a member."""

    role = forms.ChoiceField(choices=Role.choices)


def _is_address(text: str) -> bool:
    try:
        validate_email(text)
    except ValidationError:
        return False
    return len(text) <= 254
