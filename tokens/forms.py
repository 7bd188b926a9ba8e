"""Forms about credentials. What is typed or uploaded here is never shown again."""

import re

from django import forms
from django.core.files.uploadedfile import UploadedFile

from tokens.keyfiles import LARGEST, BadKeyFile, KeyFile, read_key_file

_API_KEY = re.compile(r"AIza[\w-]{30,60}", re.ASCII)


class KeyFileForm(forms.Form):
    """The key file of a service account."""

    file = forms.FileField(
        label="Key file",
        help_text="JSON, or the older P12. Google Cloud hands it out once, under IAM, "
        "Service accounts, Keys.",
        widget=forms.ClearableFileInput(attrs={"accept": ".json,.p12,application/json"}),
    )
    email = forms.CharField(
        label="E-mail of the service account",
        required=False,
        max_length=254,
        help_text="Only for P12: the file does not say whose it is.",
        widget=forms.EmailInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    key_file: KeyFile

    def clean(self) -> None:
        """Read the file; what is wrong with it is said without quoting it."""
        upload: UploadedFile[bytes] | None = self.cleaned_data.get("file")
        if upload is None:
            return
        email = self.cleaned_data.get("email", "")
        try:
            self.key_file = read_key_file(upload.read(LARGEST + 1), email=email)
        except BadKeyFile as error:
            self.add_error("file", str(error))


class ApiKeyForm(forms.Form):
    """An API key."""

    name = forms.CharField(
        label="Name", max_length=100, help_text="By which you will know it again."
    )
    secret = forms.CharField(
        label="API key",
        max_length=100,
        help_text="It begins with AIza. It is sealed at once and never shown again.",
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )

    def clean_secret(self) -> str:
        """Refuse what does not look like a key before Google is asked."""
        secret = str(self.cleaned_data["secret"])
        if not _API_KEY.fullmatch(secret):
            raise forms.ValidationError("This is no API key: those begin with AIza.")
        return secret
