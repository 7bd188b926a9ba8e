"""A browser of the owner, and key files as Google hands them out."""

import base64
import json
from dataclasses import dataclass
from typing import Any

import pytest
import requests
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from tests.cast import Cast
from tests.emulator.thread import EmulatorThread

ROBOT = "robot@acme-project.iam.gserviceaccount.com"


@dataclass(frozen=True, slots=True)
class Desk:
    """The owner at the credentials page, with Google's console in the next tab."""

    browser: Client
    slug: str
    google: EmulatorThread

    def console(self, path: str, **body: Any) -> Any:
        url = f"{self.google.base_url}/_emu/api/{path}"
        answer = requests.post(url, json=body, timeout=10)
        assert answer.ok, answer.text
        return answer.json()

    def key_files(self, email: str = ROBOT, **choices: Any) -> tuple[dict[str, Any], bytes]:
        """(JSON, P12) of a new key."""
        made = self.console("service-accounts", email=email, project="acme-project", **choices)
        return made["json"], base64.b64decode(made["p12"])

    def post(self, page: str, /, *args: Any, **data: Any) -> Any:
        """Send a form and follow to the page that says what came of it."""
        return self.browser.post(reverse(page, args=[self.slug, *args]), data, follow=True)

    def upload(self, content: Any, *args: Any, email: str = "") -> str:
        """Upload a key file; returns the page that comes back."""
        raw = json.dumps(content).encode() if isinstance(content, dict) else content
        file = SimpleUploadedFile("key.json", raw)
        name = "credential-account-key" if args else "credential-account-new"
        page = self.post(name, *args, file=file, email=email)
        assert page.status_code == 200
        return str(page.content.decode())


@pytest.fixture
def desk(owner_browser: Client, cast: Cast, google: EmulatorThread) -> Desk:
    return Desk(owner_browser, cast.tenant.slug, google)
