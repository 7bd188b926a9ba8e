"""Forms of allauth's pages, with the portal's rules for addresses and passkeys."""

from typing import Any

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
    AuthenticateWebAuthnForm,
    EditWebAuthnForm,
    LoginWebAuthnForm,
    ReauthenticateWebAuthnForm,
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

from accounts.authentication.passkey_answers import FAULTS, NewPasskeyAnswer, PasskeyAnswer
from accounts.values.form_fields import AddressField, SeenTextField

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


class NewPasskeyForm(_NamedPasskey, NewPasskeyAnswer, AddWebAuthnForm):  # type: ignore[misc]  # untyped
    """A passkey more."""


class FirstPasskeyForm(_NamedPasskey, NewPasskeyAnswer, SignupWebAuthnForm):  # type: ignore[misc]  # untyped
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


class SecondPasskeyForm(PasskeyAnswer, AuthenticateWebAuthnForm):  # type: ignore[misc]  # untyped
    """A passkey as the second step of a sign-in."""


class PasskeyAgainForm(PasskeyAnswer, ReauthenticateWebAuthnForm):  # type: ignore[misc]  # untyped
    """A passkey before something dangerous."""


class PasskeyForm(PasskeyAnswer, LoginWebAuthnForm):  # type: ignore[misc]  # allauth is untyped
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
    except FAULTS:
        return False
    return asked is not None and said.challenge == websafe_decode(asked["challenge"])
