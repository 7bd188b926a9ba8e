"""Forms about credentials. What is typed or uploaded here is never shown again."""

import re
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile

from accounts.values.form_fields import PlainTextField
from tokens.clients.client_files import BadClientFile, ClientFile, checked, read_client_file
from tokens.service_accounts.key_files import LARGEST, BadKeyFile, KeyFile, read_key_file

# `acme-reports-12`, `example.com:acme`, or the number that Google has given the project.
_PROJECT = re.compile(r"(?:[a-z0-9.-]{4,60}:)?[a-z][a-z0-9-]{4,28}[a-z0-9]|[0-9]{6,19}", re.ASCII)
_API_KEY_LENGTH = 39
_API_KEY = re.compile(r"AIza[\w-]{35}", re.ASCII)


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


class ApiKeyProjectForm(forms.Form):
    """Of which Cloud project an API key is."""

    project = forms.CharField(
        label="Google Cloud project",
        max_length=100,
        required=False,
        help_text="Its id, as acme-reports-12, or its number. What the portal reads through your "
        "own OAuth clients and service accounts of this project carries the key, and Google "
        "counts it there. Empty: the key is kept, and not sent.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )

    def clean_project(self) -> str:
        """Refuse what is no project's id or number."""
        project = str(self.cleaned_data["project"]).strip()
        if project and not _PROJECT.fullmatch(project):
            raise forms.ValidationError(
                "This is no project's id or number. Google Cloud shows both on the project's "
                "welcome page."
            )
        return project


def _what_is_wrong(secret: str) -> str:
    """Why this is no API key, by its length where that is all: the key itself is not shown."""
    if not secret.startswith("AIza"):
        return "This is no API key: those begin with AIza."
    if len(secret) != _API_KEY_LENGTH:
        return (
            f"API keys have {_API_KEY_LENGTH} characters, and this one has {len(secret)}. Copy the "
            "whole key from Google Cloud."
        )
    return "This is no API key: those have letters, digits, - and _ only. Copy it again."


class ApiKeyForm(ApiKeyProjectForm):
    """An API key."""

    field_order = ("name", "secret", "project")

    name = PlainTextField(
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
            raise forms.ValidationError(_what_is_wrong(secret))
        return secret


class ClientSecretForm(forms.Form):
    """Another secret of an OAuth client: its file, or the secret typed."""

    file = forms.FileField(
        label="Client file",
        required=False,
        help_text="client_secret_….json. Google Cloud offers it when it makes a secret, under "
        "Google Auth Platform, Clients.",
        widget=forms.ClearableFileInput(attrs={"accept": ".json,application/json"}),
    )
    secret = forms.CharField(
        label="Client secret",
        required=False,
        max_length=200,
        help_text="Only without a file. It is sealed at once and never shown again.",
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )
    client_file: ClientFile

    def __init__(self, *args: Any, client_id: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._client_id = client_id

    def clean(self) -> None:
        """Read the file, or what was typed; what is wrong with it is said without quoting it."""
        if self.errors:
            return
        # False is what the box says that takes a file back.
        upload: UploadedFile[bytes] | None = self.cleaned_data.get("file") or None
        secret = self.cleaned_data.get("secret", "").strip()
        client_id = self.cleaned_data.get("client_id", self._client_id).strip()
        if upload is None and not (client_id and secret):
            self.add_error(None, self.nothing)
            return
        try:
            if upload is not None:
                self.client_file = read_client_file(upload.read(LARGEST + 1))
            else:
                self.client_file = checked(ClientFile(client_id, secret))
        except BadClientFile as error:
            self.add_error("file" if upload is not None else None, str(error))

    nothing = "Choose the client's file, or type its secret."


class ClientForm(ClientSecretForm):
    """An OAuth client of a tenant's own."""

    name = PlainTextField(
        label="Name",
        max_length=100,
        required=False,
        help_text="By which you will know it again. Empty: the name of its project.",
    )
    client_id = forms.CharField(
        label="Client id",
        required=False,
        max_length=255,
        help_text="Only without a file. It ends in .apps.googleusercontent.com.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    field_order = ("name", "file", "client_id", "secret")
    nothing = "Choose the client's file, or type both its id and its secret."
