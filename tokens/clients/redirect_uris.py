"""Which return addresses Google must know exactly, and whether its client file has them.

Google compares character by character: scheme, case and the trailing slash count
(the Provisioning guide, step 2). `GOOGLE_CLIENT_FILE` is the file that the Google
console offers for download with an OAuth client.
"""

from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings

from tokens.files.json_files import UnreadableFile, read_object, unwrap
from tokens.google.oauth import callback_uri


def _without_scheme(uri: str) -> object:
    return urlsplit(uri)[1:]


# How two addresses may differ, and what is the same without that difference.
_DIFFERENCES: tuple[tuple[str, Callable[[str], object]], ...] = (
    ("the trailing slash", lambda uri: uri.rstrip("/")),
    ("upper and lower case", str.lower),
    ("http and https", _without_scheme),
    (
        "more than one of scheme, case and trailing slash",
        lambda uri: _without_scheme(uri.lower().rstrip("/")),
    ),
)


def terms_return_uri() -> str:
    """The one address that the terms page returns to; register it at Google exactly so."""
    return f"{settings.BASE_URL}/google/terms/"


def needed() -> dict[str, str]:
    """What has to be registered: what it is for, and the exact value."""
    return {
        "Return from Google's consent page": callback_uri(),
        "Return from Google's Terms of Service": terms_return_uri(),
    }


def registered() -> list[str] | None:
    """The addresses of the client file; None without one.

    Raises:
        ValueError, OSError: the file cannot be read, or is none of an OAuth web client.
    """
    if not settings.GOOGLE_CLIENT_FILE:
        return None
    try:
        content = read_object(unwrap(Path(settings.GOOGLE_CLIENT_FILE).read_bytes()))
        return [str(uri) for uri in content["web"]["redirect_uris"]]
    except (KeyError, TypeError, UnreadableFile) as error:
        raise ValueError("it is not the file of an OAuth web client") from error


def fault(uri: str, known: list[str]) -> str:
    """Why Google would refuse to return to `uri`; empty when it would not."""
    if uri in known:
        return ""
    for other in known:
        for difference, without in _DIFFERENCES:
            if without(uri) == without(other):
                return f"{other} is registered, which differs in {difference}."
    return "Nothing like it is registered."
