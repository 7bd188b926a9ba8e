"""What people may be asked for to prove who they are: what they have set up, nothing else."""

from collections.abc import Set as AbstractSet
from typing import Any

from allauth.mfa.models import Authenticator

from accounts.users.models import User

_APP, _CODES = Authenticator.Type.TOTP, Authenticator.Type.RECOVERY_CODES
_CODE_OF = {
    (True, True): "your authenticator app, or a recovery code",
    (True, False): "your authenticator app",
    (False, True): "your recovery codes",
}
_BUTTONS = {
    (True, True): "Use your authenticator app or a recovery code",
    (True, False): "Use your authenticator app",
    (False, True): "Use a recovery code",
}


def kinds_of(user: User) -> set[str]:
    """The kinds of second steps that `user` has: `totp`, `recovery_codes`, `webauthn`."""
    return set(Authenticator.objects.filter(user=user).values_list("type", flat=True))


def code_of(kinds: AbstractSet[str]) -> str:
    """Where the code comes from that a page asks for; empty where the person has none."""
    return _CODE_OF.get((_APP in kinds, _CODES in kinds), "")


def named(methods: list[dict[str, Any]], kinds: AbstractSet[str]) -> list[dict[str, Any]]:
    """Allauth's ways to prove it, called what they are for a person who has `kinds`."""
    words = {
        "reauthenticate": "Use your password",
        "mfa_reauthenticate": _BUTTONS.get((_APP in kinds, _CODES in kinds), ""),
        "mfa_reauthenticate:webauthn": "Use a passkey",
    }
    return [{**way, "description": words.get(way["id"], way["description"])} for way in methods]
