"""What devices answer about passkeys: JSON that anybody may send, read before it is believed.

allauth's forms expect what browsers send, and break at nearly everything else.
"""

import json
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from allauth.mfa.adapter import get_adapter
from cryptography.exceptions import InvalidSignature
from django import forms
from django.core.exceptions import ValidationError
from django.forms.fields import InvalidJSONInput

# An attestation with all of its certificates has some 10 kB.
_LONGEST = 65_536
# What reading an answer raises that is none: fido2 looks into bytes, numbers and names in it.
FAULTS = (
    *(ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError),
    *(struct.error, InvalidSignature),
)


class AnswerField(forms.JSONField):
    """An object that can be stored: not nested without end, without NUL and halves of letters."""

    def __init__(self) -> None:
        super().__init__(widget=forms.HiddenInput)

    def to_python(self, value: Any) -> Any:
        """The object, if it is one."""
        if isinstance(value, str) and len(value) > _LONGEST:
            raise self._invalid()
        try:
            answer = super().to_python(value)
            stored = json.dumps(answer, ensure_ascii=False).encode()
        except (RecursionError, ValueError) as error:
            raise self._invalid() from error
        if answer is not None and (not isinstance(answer, dict) or rb"\u0000" in stored):
            raise self._invalid()
        return answer

    def bound_data(self, data: Any, initial: Any) -> Any:
        """Nothing: an answer serves once, so a page that says no does not send it again."""
        return InvalidJSONInput("")

    def _invalid(self) -> ValidationError:
        return ValidationError(self.error_messages["invalid"], code="invalid")


class AnswerForm(forms.Form):
    """One of allauth's forms for an answer, which may be anything."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["credential"] = AnswerField()


class NewPasskeyAnswer(AnswerForm):
    """The answer of a device that was asked for a new passkey."""

    def clean(self) -> dict[str, Any]:
        """What was typed, and the passkey."""
        with told():
            return super().clean() or {}


class PasskeyAnswer(AnswerForm):
    """The answer of a device that was asked for a passkey that it has."""

    def clean_credential(self) -> Any:
        """The passkey, if the person has it."""
        with told():
            return super().clean_credential()  # type: ignore[misc]  # of the form that comes after


@contextmanager
def told() -> Iterator[None]:
    """Say of an answer that cannot be read that it is wrong.

    Raises:
        ValidationError: it is.
    """
    try:
        yield
    except FAULTS as error:
        raise get_adapter().validation_error("incorrect_code") from error
