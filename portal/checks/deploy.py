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

# What each may be at the least and at the most.
_NUMBERS: dict[str, tuple[float, float]] = {
    **dict.fromkeys(("TRUSTED_PROXY_COUNT", "QUARANTINE_AFTER_MINUTES"), (0, 100_000)),
    **dict.fromkeys(("SWEEP_INTERVAL", "GOOGLE_REFRESH_RATE"), (0.1, 100_000)),
    "GOOGLE_V3_USER_CALLS_A_SECOND": (0.1, 100_000),
    "GOOGLE_TIMEOUT": (1, 300),
    **dict.fromkeys(("GOOGLE_AUTHORIZATION_TTL", "GOOGLE_TICKET_TTL"), (60, 86_400)),
    **dict.fromkeys(
        (
            *("DATA_KEY_MAX_DAYS", "DATA_KEY_MAX_SEALINGS", "MAIL_RETENTION_DAYS"),
            *("UNFINISHED_DAYS", "EXCHANGE_RETENTION_DAYS", "CREDENTIAL_MAX_AGE_DAYS"),
            *("GOOGLE_ACCOUNT_LIMIT", "GOOGLE_PROJECT_CALLS_A_MINUTE", "REFRESH_TOKEN_LIMIT"),
            *("GOOGLE_USER_CALLS_A_MINUTE", "GOOGLE_PROJECT_WRITES_A_MINUTE"),
            *("GOOGLE_USER_WRITES_A_MINUTE", "GOOGLE_V3_WRITES_A_DAY", "CELERY_TASK_TIME_LIMIT"),
        ),
        (1, 10**12),
    ),
    **dict.fromkeys(
        ("CREDENTIAL_GRACE_HOURS", "CREDENTIAL_OBSERVE_HOURS", "TENANT_DELETION_GRACE_DAYS"),
        (0, 100_000),
    ),
}


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
    # A dot before a single name lets all of `.com` in.
    if any(host == "*" or (host[:1] == "." and "." not in host.strip(".")) for host in hosts):
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


@register(Tags.security, deploy=True)
def mail_leaves_the_machine(**_: object) -> list[CheckMessage]:
    """Written to the log, codes and links reach whoever reads logs, and nobody else."""
    if not settings.EMAIL_BACKEND.endswith("console.EmailBackend"):
        return []
    said = "Mail goes to the log: nobody gets a code, and whoever reads the log can sign in."
    return [Error(said, hint="Set EMAIL_URL to a mail server.", id="portal.E020")]


@register(Tags.security, deploy=True)
def the_address_is_one_of_a_host(**_: object) -> list[CheckMessage]:
    """The portal has all paths of its host; Google and mails would lead beside it."""
    parts = urlsplit(settings.BASE_URL)
    if not (parts.path or parts.query or parts.fragment):
        return []
    said = "BASE_URL has more than a scheme and a host: links would lead to no page."
    return [Error(said, hint="Give the portal a host of its own.", id="portal.E021")]


@register(Tags.security, deploy=True)
def numbers_are_in_reason(**_: object) -> list[CheckMessage]:
    """A clock that never waits, a limit of nothing: what is typed wrong shows days later."""
    return [
        Error(
            f"{name} is out of all reason: it takes {least} to {most:,}.",
            hint="Remove it from the environment, and the default is taken.",
            id="portal.E022",
        )
        for name, (least, most) in _NUMBERS.items()
        # No comparison with NaN is true.
        if not least <= getattr(settings, name) <= most
    ]
