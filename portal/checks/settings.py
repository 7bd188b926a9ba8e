"""Dangerous combinations of settings stop the start, each with a sentence that says what to do."""

from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.checks import Warning as Caution

from portal.settings.key_faults import faults, weaknesses

_GOOGLE = ("google.com", "googleapis.com")
HOME = ("localhost", "127.0.0.1", "::1")


def google_addresses() -> list[str]:
    """The names of all settings that say where something of Google's is."""
    urls = (name for name in dir(settings) if name.startswith("GOOGLE_") and name.endswith("_URL"))
    return [*urls, "GOOGLE_ISSUER"]


@register(Tags.security)
def google_is_google(**_: object) -> list[CheckMessage]:
    """Outside development, secrets go to Google and nobody else."""
    if settings.DEBUG or settings.GOOGLE_ALLOW_OTHER_HOSTS:
        return []
    return [
        Error(
            f"{name} does not point to Google.",
            hint="Remove it from the environment, or set GOOGLE_ALLOW_OTHER_HOSTS=true for a demo.",
            id="portal.E001",
        )
        for name in google_addresses()
        if not _is_google(getattr(settings, name))
    ]


def _is_google(url: str) -> bool:
    parts = urlsplit(url)
    host = parts.hostname or ""
    return parts.scheme == "https" and any(
        host == domain or host.endswith(f".{domain}") for domain in _GOOGLE
    )


_MAKE_ONE = (
    "Make one with: python -c 'from cryptography.fernet import Fernet; "
    "print(Fernet.generate_key().decode())'"
)


@register(Tags.security)
def encryption_keys_are_sound(**_: object) -> list[CheckMessage]:
    """Each key-encryption key is one whole Fernet key, and none stands twice."""
    if settings.SECRETS_SEALED:
        return [
            Caution(
                "FIELD_ENCRYPTION_KEY is empty: the portal is sealed and keeps no secret.",
                hint=_MAKE_ONE,
                id="portal.W002",
            )
        ]
    found = faults(settings.FIELD_ENCRYPTION_KEY)
    return [Error(fault, hint=_MAKE_ONE, id="portal.E002") for fault in found]


@register(Tags.security, deploy=True)
def encryption_keys_are_random(**_: object) -> list[CheckMessage]:
    """A password that was made to look like a key can be guessed."""
    found = weaknesses(settings.FIELD_ENCRYPTION_KEY)
    return [Error(weakness, hint=_MAKE_ONE, id="portal.E003") for weakness in found]


@register(Tags.security)
def staff_take_a_second_step(**_: object) -> list[CheckMessage]:
    """A stolen password alone must not open every tenant's rows."""
    if settings.STAFF_SECOND_STEP or settings.DEBUG or settings.DEMO:
        return []
    return [
        Error(
            "STAFF_SECOND_STEP is off: a password alone opens the staff pages.",
            hint="Remove STAFF_SECOND_STEP from the environment; it is for a demo only.",
            id="portal.E006",
        )
    ]


@register(Tags.security, deploy=True)
def a_demo_stays_at_home(**_: object) -> list[CheckMessage]:
    """A demo has passwords that everybody knows and shows all mail to whoever asks."""
    if not settings.DEMO or urlsplit(settings.BASE_URL).hostname in HOME:
        return []
    return [
        Error(
            "DEMO is on, but BASE_URL is not this machine: everybody could read all mail.",
            hint="Remove DEMO from the environment.",
            id="portal.E007",
        )
    ]


@register(Tags.caches)
def cache_is_shared(**_: object) -> list[CheckMessage]:
    """Rate limits and heartbeats need one cache for all processes."""
    backend = str(settings.CACHES["default"]["BACKEND"])
    if settings.DEBUG or not backend.endswith(("LocMemCache", "DummyCache")):
        return []
    return [
        Caution(
            "The cache is private to each process, so rate limits are counted per process.",
            hint="Set CACHE_URL to a database or Redis cache.",
            id="portal.W001",
        )
    ]


@register(Tags.security, deploy=True)
def redirects_are_https(**_: object) -> list[CheckMessage]:
    """Google returns only to HTTPS addresses (contract §1.1), except on one's own machine."""
    if settings.BASE_URL.startswith("https://") or urlsplit(settings.BASE_URL).hostname in HOME:
        return []
    return [
        Error(
            "BASE_URL is not https://, so Google will refuse to return to it.",
            hint="Set BASE_URL to the public address of the portal.",
            id="portal.E004",
        )
    ]
