"""Google's scopes that the portal asks for, and what they mean in words. A pure table.

Contract §12: `analytics.edit` is all that a GA4 ticket, property and stream need.
"""

from functools import lru_cache

_AUTH = "https://www.googleapis.com/auth/"

ANALYTICS_EDIT = f"{_AUTH}analytics.edit"
ANALYTICS_READONLY = f"{_AUTH}analytics.readonly"
ANALYTICS_PROVISION = f"{_AUTH}analytics.provision"
# With it a service account manages its own keys; never asked of people.
CLOUD_PLATFORM = f"{_AUTH}cloud-platform"

ANALYTICS_MANAGE_USERS = f"{_AUTH}analytics.manage.users"

# Asked for so that the portal knows whose account it is (OpenID Connect).
IDENTITY = ("openid", "email", "profile")
# Asked for so that the portal can do its job; without all of these there is no connection.
REQUIRED = frozenset({ANALYTICS_EDIT})

ASKED = (*IDENTITY, ANALYTICS_EDIT)
# Asked for besides where Google serves its legacy API, whose tickets need it (contract §3).
ASKED_FOR_V3 = (*ASKED, ANALYTICS_PROVISION)

# Google answers with the long names whatever was asked (contract §1.1).
ALIASES = {
    "email": f"{_AUTH}userinfo.email",
    "profile": f"{_AUTH}userinfo.profile",
}

WORDS = {
    "openid": "Know who you are at Google",
    f"{_AUTH}userinfo.email": "See your e-mail address",
    f"{_AUTH}userinfo.profile": "See your name",
    ANALYTICS_EDIT: "Create and edit Google Analytics accounts",
    ANALYTICS_MANAGE_USERS: "Manage who may use Google Analytics accounts",
    ANALYTICS_PROVISION: "Create Universal Analytics accounts",
    ANALYTICS_READONLY: "See your Google Analytics accounts",
}


def canonical(scopes: str) -> frozenset[str]:
    """The scopes of a space-separated list, under the names that Google answers with."""
    return frozenset(ALIASES.get(scope, scope) for scope in scopes.split())


@lru_cache(maxsize=1_000)
def written(scopes: str) -> str:
    """A space-separated list as the portal keeps it: canonical names, sorted, each once."""
    return " ".join(sorted(canonical(scopes)))


def missing_scopes(granted: frozenset[str]) -> frozenset[str]:
    """The required scopes that `granted` lacks."""
    return REQUIRED - granted


def words_for(scopes: frozenset[str]) -> list[str]:
    """Each scope as a person would say it; an unknown one stands for itself."""
    return [WORDS.get(scope, scope) for scope in sorted(scopes)]
