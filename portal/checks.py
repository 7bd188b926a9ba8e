"""Dangerous combinations of settings stop the start, each with a sentence that says what to do."""

from urllib.parse import urlsplit

from cryptography.fernet import Fernet
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.checks import Warning as Caution

_GOOGLE = ("google.com", "googleapis.com")
_ADDRESSES = (
    "GOOGLE_AUTHORIZE_URL",
    "GOOGLE_TOKEN_URL",
    "GOOGLE_REVOKE_URL",
    "GOOGLE_CERTS_URL",
    "GOOGLE_USERINFO_URL",
    "GOOGLE_ADMIN_API_URL",
    "GOOGLE_TOS_URL",
)


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
        for name in _ADDRESSES
        if not _is_google(getattr(settings, name))
    ]


def _is_google(url: str) -> bool:
    parts = urlsplit(url)
    host = parts.hostname or ""
    return parts.scheme == "https" and any(
        host == domain or host.endswith(f".{domain}") for domain in _GOOGLE
    )


@register(Tags.security)
def encryption_keys_are_sound(**_: object) -> list[CheckMessage]:
    """Each key-encryption key is a whole Fernet key, and none stands twice."""
    keys: list[str] = settings.FIELD_ENCRYPTION_KEY
    problems = [
        Error(
            f"FIELD_ENCRYPTION_KEY: key {number} is not a Fernet key.",
            hint="Make one with: python -c 'from cryptography.fernet import Fernet; "
            "print(Fernet.generate_key().decode())'",
            id="portal.E002",
        )
        for number, key in enumerate(keys, start=1)
        if not _is_fernet_key(key)
    ]
    if len(set(keys)) != len(keys):
        problems.append(Error("FIELD_ENCRYPTION_KEY: a key stands twice.", id="portal.E003"))
    return list(problems)


def _is_fernet_key(key: str) -> bool:
    # Fernet itself accepts trailing rubbish, and so would take two keys in one
    # string for the first of them.
    if len(key) != 44:
        return False
    try:
        Fernet(key)
    except ValueError:
        return False
    return True


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
    if settings.BASE_URL.startswith("https://"):
        return []
    return [
        Error(
            "BASE_URL is not https://, so Google will refuse to return to it.",
            hint="Set BASE_URL to the public address of the portal.",
            id="portal.E004",
        )
    ]
