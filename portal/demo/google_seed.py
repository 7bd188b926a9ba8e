"""What the local Google is told about the portal: its two clients and where they return to."""

import json
from collections.abc import Mapping
from pathlib import Path

CONNECT_RETURNS = ("/google/callback/", "/google/terms/")
SIGNIN_RETURNS = ("/accounts/google/login/callback/",)


def clients(settings: Mapping[str, str]) -> list[dict[str, object]]:
    """The client that connections are made with, and the one that people sign in with."""
    return [
        _client(settings, "GOOGLE_CLIENT", "Analytics Portal", CONNECT_RETURNS),
        _client(settings, "GOOGLE_SIGNIN_CLIENT", "Analytics Portal sign-in", SIGNIN_RETURNS),
    ]


def _client(
    settings: Mapping[str, str], prefix: str, name: str, returns: tuple[str, ...]
) -> dict[str, object]:
    return {
        "client_id": settings[f"{prefix}_ID"],
        "client_secret": settings[f"{prefix}_SECRET"],
        "redirect_uris": [settings["BASE_URL"] + path for path in returns],
        "project": "portal-project",
        "mode": "production",
        "name": name,
    }


def write(path: Path, settings: Mapping[str, str]) -> None:
    """Write the seed anew, because the ports may have changed since the last run."""
    path.write_text(json.dumps({"clients": clients(settings)}, indent=2) + "\n", "utf-8")
