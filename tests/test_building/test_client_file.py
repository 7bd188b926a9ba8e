"""The portal's own client from `GOOGLE_CLIENT_FILE`, or a sentence that says why not."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from portal.demo.programs import ROOT
from portal.settings.client_file import client_in

WEB = {
    "client_id": "1-x.apps.googleusercontent.com",
    "client_secret": "GOCSPX-canary-of-the-portal",
    "redirect_uris": ["http://testserver/google/callback/"],
}


def file_with(folder: Path, content: object) -> str:
    path = folder / "client.json"
    path.write_text(json.dumps(content))
    return str(path)


def test_id_and_secret_come_from_the_file(tmp_path: Path) -> None:
    path = file_with(tmp_path, {"web": WEB})
    assert client_in(path) == (WEB["client_id"], WEB["client_secret"])


def test_a_file_that_cannot_be_used_stops_the_start_and_is_not_shown(tmp_path: Path) -> None:
    path = file_with(tmp_path, {"installed": WEB})
    with pytest.raises(ImproperlyConfigured, match=r"GOOGLE_CLIENT_FILE .* Desktop app") as refused:
        client_in(path)
    assert "canary" not in str(refused.value)
    with pytest.raises(ImproperlyConfigured, match="GOOGLE_CLIENT_FILE cannot be used"):
        client_in(str(tmp_path / "missing.json"))


@pytest.mark.parametrize("named", ["", "2-y.apps.googleusercontent.com"])
def test_what_the_environment_names_goes_before_the_file(tmp_path: Path, named: str) -> None:
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "portal.settings",
        "GOOGLE_CLIENT_FILE": file_with(tmp_path, {"web": WEB}),
        "GOOGLE_CLIENT_ID": named,
        "GOOGLE_CLIENT_SECRET": "",
    }
    said = subprocess.run(
        (sys.executable, "-c", "from portal import settings; print(settings.GOOGLE_CLIENT_ID)"),
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert said.stdout.strip() == (named or WEB["client_id"])
