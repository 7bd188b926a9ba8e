"""Key rings for tests: which master keys the settings hold, and a change from one to another."""

from typing import Any

from cryptography.fernet import Fernet

from accounts.audit.recording import by_worker
from tokens.encryption.sealing import forget_keys
from tokens.encryption.services.master_keys import promote, waiting_key
from tokens.encryption.wrapping import key_ring


def fresh_key() -> str:
    """A new key as it stands in FIELD_ENCRYPTION_KEY."""
    return Fernet.generate_key().decode()


def hold(settings: Any, *keys: str) -> list[str]:
    """Let this process hold exactly these keys, with nothing unwrapped; returns their ids."""
    settings.FIELD_ENCRYPTION_KEY = list(keys)
    settings.SECRETS_SEALED = not keys
    forget_keys()
    return list(key_ring())


def introduce(settings: Any, key: str | None = None) -> str:
    """Put a new key in front of the ring and make it active; returns its id."""
    kid = hold(settings, key or fresh_key(), *settings.FIELD_ENCRYPTION_KEY)[0]
    assert waiting_key() is not None
    promote(kid, by_worker())
    return kid
