"""Reads the portal's own OAuth client from the file that Google's console offers."""

from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from tokens.clients.client_files import BadClientFile, read_client_file


def client_in(path: str) -> tuple[str, str]:
    """(id, secret) of the client in the file at `path`.

    Raises:
        ImproperlyConfigured: it cannot be read, or is not that of a web client; says why.
    """
    try:
        file = read_client_file(Path(path).read_bytes())
    except (OSError, BadClientFile) as error:
        raise ImproperlyConfigured(f"GOOGLE_CLIENT_FILE cannot be used: {error}") from None
    return file.client_id, file.secret
