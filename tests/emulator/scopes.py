"""OAuth scopes: the ones that exist, what they say to a person, how they are normalised.

Source: contract §1.1 (aliasing, granular consent) and §12 (scopes of the product).
"""

from __future__ import annotations

from collections.abc import Iterable

PREFIX = "https://www.googleapis.com/auth/"
EMAIL = PREFIX + "userinfo.email"
PROFILE = PREFIX + "userinfo.profile"
ANALYTICS_EDIT = PREFIX + "analytics.edit"
ANALYTICS_READONLY = PREFIX + "analytics.readonly"

ALIASES = {"email": EMAIL, "profile": PROFILE}
SIGN_IN = frozenset({"openid", EMAIL, PROFILE})

WORDS = {
    "openid": "Know who you are on this service",
    EMAIL: "See your e-mail address",
    PROFILE: "See your name and picture",
    PREFIX + "analytics": "See and download your Analytics data",
    ANALYTICS_READONLY: "See your Analytics accounts and reports",
    ANALYTICS_EDIT: "Create and change your Analytics accounts, properties and streams",
    PREFIX + "analytics.provision": "Create new Analytics accounts for you",
    PREFIX + "analytics.manage.users": "Manage who may use your Analytics accounts",
    PREFIX + "analytics.manage.users.readonly": "See who may use your Analytics accounts",
    PREFIX + "tagmanager.readonly": "See your Tag Manager containers",
    PREFIX + "tagmanager.edit.containers": "Change your Tag Manager containers",
    PREFIX + "tagmanager.delete.containers": "Delete your Tag Manager containers",
    PREFIX + "tagmanager.edit.containerversions": "Manage versions of your containers",
    PREFIX + "tagmanager.publish": "Publish your Tag Manager containers",
    PREFIX + "tagmanager.manage.users": "Manage who may use your Tag Manager accounts",
    PREFIX + "tagmanager.manage.accounts": "Manage your Tag Manager accounts",
    PREFIX + "cloud-platform": "See, change and delete your cloud data",
}


def parse(text: str) -> frozenset[str]:
    """Turn a space-delimited scope parameter into full scope names.

    Asking for ``email`` or ``profile`` brings ``openid`` with it, as at Google.
    """
    scopes = {ALIASES.get(name, name) for name in text.split()}
    if scopes & SIGN_IN:
        scopes.add("openid")
    return frozenset(scopes)


def unknown(scopes: Iterable[str]) -> list[str]:
    """Return the scopes that do not exist, sorted."""
    return sorted(scope for scope in scopes if scope not in WORDS)


def join(scopes: Iterable[str]) -> str:
    """Write scopes as Google does: one space-separated list, in no promised order."""
    return " ".join(sorted(scopes, reverse=True))


def api_scopes(scopes: Iterable[str]) -> list[str]:
    """Return the scopes a person may tick, that is, all but the sign-in ones."""
    return sorted(set(scopes) - SIGN_IN)
