"""Whether Google would return to the portal, as far as the files of its clients tell."""

from django.core.checks import CheckMessage, Error, Tags, register
from django.core.checks import Warning as Caution

from tokens.clients.installed_app import BadClientFile, installed_client
from tokens.clients.redirect_uris import fault, needed, registered


@register(Tags.security)
def returns_are_registered(**_: object) -> list[CheckMessage]:
    """Each return address stands in `GOOGLE_CLIENT_FILE` exactly, if that file is given."""
    try:
        known = registered()
    except (OSError, ValueError) as error:
        said = f"GOOGLE_CLIENT_FILE cannot be used: {error}."
        hint = "Download the OAuth client's JSON file from the Google console again."
        return [Caution(said, hint=hint, id="portal.W003")]
    if known is None:
        return []
    return [
        Caution(
            f"{uri} is not registered at Google. {why}",
            hint="Register this very value, or set BASE_URL to the portal's public address.",
            id="portal.W004",
        )
        for uri in needed().values()
        if (why := fault(uri, known))
    ]


@register(Tags.security)
def installed_client_is_one(**_: object) -> list[CheckMessage]:
    """`GOOGLE_INSTALLED_CLIENT_FILE` is the file of a client that returns to terminals."""
    try:
        installed_client()
    except BadClientFile as error:
        said = f"GOOGLE_INSTALLED_CLIENT_FILE cannot be used. {error}"
        return [Error(said, id="portal.E008")]
    return []
