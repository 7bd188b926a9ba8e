"""Forms about tenants and their members."""

import re
from typing import Any, ClassVar

from allauth.account.forms import (
    AddEmailForm,
    ChangeEmailForm,
    ConfirmLoginCodeForm,
    LoginForm,
    RequestLoginCodeForm,
    ResetPasswordForm,
    SignupForm,
)
from allauth.mfa.webauthn.forms import (
    AddWebAuthnForm,
    EditWebAuthnForm,
    LoginWebAuthnForm,
    SignupWebAuthnForm,
)
from allauth.mfa.webauthn.internal.auth import get_state
from allauth.socialaccount.forms import SignupForm as SocialSignupForm
from django import forms
from django.contrib.auth.hashers import make_password
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.crypto import salted_hmac
from fido2.utils import websafe_decode
from fido2.webauthn import CollectedClientData

from accounts.email_address import BadAddress, cleaned
from accounts.form_fields import AddressField, PlainTextField, SeenTextField
from accounts.models import Tenant
from accounts.roles import DESCRIPTIONS, Role, may_give

MOST_INVITATIONS = 50
# Between addresses: commas and semicolons of several scripts, and every kind of space.
_BETWEEN_ADDRESSES = re.compile(r"[\s,;،；，、]+")  # noqa: RUF001  # what is meant
_UNKNOWN_PASSKEY = (
    "No account here knows this passkey. Sign in another way, then add a new passkey; "
    "your device lets you delete this one."
)
_OLD_QUESTION = (
    "The passkey answered an older page of this browser. Nobody was signed in; "
    "use it here once more."
)
# Seconds; longer than a code is valid.
_CODE_KEPT = 3600
_LONGEST_NAME = 100


class _TypedAddresses(forms.Form):
    """One of allauth's forms, with every address in it taken as everywhere in the portal."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            if isinstance(field, forms.EmailField):
                self.fields[name] = AddressField(
                    label=field.label,
                    required=field.required,
                    widget=field.widget,
                    help_text=field.help_text,
                )


class _NamedPasskey(forms.Form):
    """One of allauth's forms for a passkey, with its name as it is seen.

    Nothing in a name is refused here: the device has made the passkey already.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        required = self.fields["name"].required
        self.fields["name"] = SeenTextField(required=required, max_length=_LONGEST_NAME)


class NewPasskeyForm(_NamedPasskey, AddWebAuthnForm):  # type: ignore[misc]  # allauth is untyped
    """A passkey more."""


class FirstPasskeyForm(_NamedPasskey, SignupWebAuthnForm):  # type: ignore[misc]  # untyped
    """The passkey that a new person signs up with."""


class RenamedPasskeyForm(_NamedPasskey, EditWebAuthnForm):  # type: ignore[misc]  # untyped
    """Another name for a passkey."""


class GoogleSignUpForm(_TypedAddresses, SocialSignupForm):  # type: ignore[misc]  # untyped
    """A new person who comes from Google."""


class NewAddressForm(_TypedAddresses, AddEmailForm):  # type: ignore[misc]  # untyped
    """Another address of somebody."""


class ChangedAddressForm(_TypedAddresses, ChangeEmailForm):  # type: ignore[misc]  # untyped
    """Another address in the place of one that was not confirmed yet."""


class ForgottenPasswordForm(_TypedAddresses, ResetPasswordForm):  # type: ignore[misc]  # untyped
    """Whose password is forgotten."""


class CodeRequestForm(_TypedAddresses, RequestLoginCodeForm):  # type: ignore[misc]  # untyped
    """Who wants a code to sign in with."""


class SignInForm(_TypedAddresses, LoginForm):  # type: ignore[misc]  # allauth is untyped
    """An address and a password; browsers offer their passkeys in the field of the address."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].widget.attrs["autocomplete"] = "username webauthn"


class SignUpForm(_TypedAddresses, SignupForm):  # type: ignore[misc]  # allauth is untyped
    """An address and a password, at the same cost whether the address is known or not."""

    def try_save(self, request: HttpRequest) -> Any:
        """Make a new person, or write to the one there is.

        The password is made unreadable in both cases: that takes most of the time of signing
        up, by which one could tell who is a customer.
        """
        if self.account_already_exists and "password1" in self.cleaned_data:
            make_password(self.cleaned_data["password1"])
        return super().try_save(request)


class OneUseCodeForm(ConfirmLoginCodeForm):  # type: ignore[misc]  # allauth is untyped
    """The code that a sign-in mail brings: whoever comes second with it comes too late."""

    def clean_code(self) -> str:
        """The code, taken out of use in the cache that all processes share."""
        code = str(super().clean_code())
        kept_as = f"sign-in-code:{salted_hmac('sign-in-code', self.expected_code).hexdigest()}"
        if not cache.add(kept_as, 1, timeout=_CODE_KEPT):
            raise ValidationError("This code was used already. Ask for a new one.")
        return code


class PasskeyForm(LoginWebAuthnForm):  # type: ignore[misc]  # allauth is untyped
    """A passkey to sign in with; one that does not count is told apart from a wrong code."""

    def clean_credential(self) -> Any:
        """The passkey, if an account here has it."""
        asked = get_state()
        try:
            return super().clean_credential()
        except ValidationError as error:
            current = _answers(asked, self.cleaned_data["credential"])
            raise ValidationError(_UNKNOWN_PASSKEY if current else _OLD_QUESTION) from error


def _answers(asked: dict[str, Any] | None, credential: Any) -> bool:
    """Whether `credential` was made for what this browser was `asked` last."""
    try:
        said = CollectedClientData(websafe_decode(credential["response"]["clientDataJSON"]))
    except (KeyError, TypeError, ValueError):
        return False
    return asked is not None and said.challenge == websafe_decode(asked["challenge"])


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
