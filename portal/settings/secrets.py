"""Keys. Parsed as lists, because one string with a comma in it is not two keys."""

from portal.settings.env import env

SECRET_KEY: str = env.str("SECRET_KEY")
SECRET_KEY_FALLBACKS: list[str] = env.list("SECRET_KEY_FALLBACKS", default=[])

# Key-encryption keys, newest first. They wrap tenants' data keys and nothing else.
FIELD_ENCRYPTION_KEY: list[str] = [
    key.strip() for key in env.list("FIELD_ENCRYPTION_KEY") if key.strip()
]
