"""What no process may serve people with. The image asks for these before it starts (`--deploy`).

No value is ever shown: a mistyped one may be a secret.
"""

from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register

from portal.checks.settings import HOME, google_addresses

_SHORTEST_KEY = 50
_FEWEST_SIGNS = 10
_MAKE_A_KEY = (
    "Make one with: python -c 'import secrets; print(secrets.token_urlsafe(60))', and keep the old "
    "one in SECRET_KEY_FALLBACKS for as long as sessions last."
)


@register(Tags.security, deploy=True)
def nothing_is_debugged(**_: object) -> list[CheckMessage]:
    """`DEBUG` shows source, settings and what people sent to whoever meets an error."""
    if not settings.DEBUG:
        return []
    hint = "Remove DEBUG from the environment."
    said = "DEBUG is on: every error shows source code and what people sent."
    return [Error(said, hint=hint, id="portal.E014")]


@register(Tags.security, deploy=True)
def signing_keys_cannot_be_guessed(**_: object) -> list[CheckMessage]:
    """Who guesses a signing key signs in as anybody."""
    keys = {"SECRET_KEY": settings.SECRET_KEY}
    for number, key in enumerate(settings.SECRET_KEY_FALLBACKS, start=1):
        keys[f"SECRET_KEY_FALLBACKS, key {number},"] = key
    return [
        Error(
            f"{name} can be guessed: it takes at least {_SHORTEST_KEY} random characters.",
            hint=_MAKE_A_KEY,
            id="portal.E015",
        )
        for name, key in keys.items()
        if len(key) < _SHORTEST_KEY
        or len(set(key)) < _FEWEST_SIGNS
        or key.startswith("django-insecure-")
    ]


@register(Tags.security, deploy=True)
def hosts_are_named(**_: object) -> list[CheckMessage]:
    """A host that anybody may choose stands in links of mails, and leads people there."""
    hosts = settings.ALLOWED_HOSTS
    if "*" in hosts:
        said = "ALLOWED_HOSTS allows every host: mails could lead people to anybody's."
        return [Error(said, hint="Name the hosts of BASE_URL.", id="portal.E016")]
    own = urlsplit(settings.BASE_URL).hostname or ""
    if any(own == host or (host[:1] == "." and own.endswith(host)) for host in hosts):
        return []
    said = "ALLOWED_HOSTS lacks the host of BASE_URL: every page would be refused."
    return [Error(said, hint="Add the host of BASE_URL.", id="portal.E016")]


@register(Tags.caches, deploy=True)
def processes_share_a_cache(**_: object) -> list[CheckMessage]:
    """Web processes and workers are several, and count limits and signs of life together."""
    backend = str(settings.CACHES["default"]["BACKEND"])
    if not backend.endswith(("LocMemCache", "DummyCache")):
        return []
    said = "The cache is private to each process: limits do not hold, and workers look dead."
    hint = "Set CACHE_URL to Redis or to a table of the database."
    return [Error(said, hint=hint, id="portal.E017")]


@register(Tags.security, deploy=True)
def limits_hold(**_: object) -> list[CheckMessage]:
    """Without limits, passwords and codes can be tried at will, and mails sent."""
    if settings.ACCOUNT_RATE_LIMITS is not False:
        return []
    said = "Rate limits are off: passwords and codes can be tried without end."
    hint = "Remove ACCOUNT_RATE_LIMITS_ENABLED from the environment."
    return [Error(said, hint=hint, id="portal.E018")]


@register(Tags.security, deploy=True)
def secrets_travel_encrypted(**_: object) -> list[CheckMessage]:
    """Even a Google that is none, where one is allowed, gets codes and tokens over TLS only."""
    return [
        Error(
            f"{name} is not https://: codes and tokens would travel in the clear.",
            hint="Use https, or an address of this machine.",
            id="portal.E019",
        )
        for name in google_addresses()
        if not _is_private(getattr(settings, name))
    ]


def _is_private(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in HOME)
