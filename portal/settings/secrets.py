"""Keys. Parsed as lists, because one string with a comma in it is not two keys."""

from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured

from portal.settings.env import env
from portal.settings.key_faults import faults

SECRET_KEY: str = env.str("SECRET_KEY")
SECRET_KEY_FALLBACKS: list[str] = env.list("SECRET_KEY_FALLBACKS", default=[])

# Key-encryption keys, newest first. They wrap tenants' data keys and nothing else.
FIELD_ENCRYPTION_KEY: list[str] = [
    key.strip() for key in env.list("FIELD_ENCRYPTION_KEY", default=[]) if key.strip()
]
if _faults := faults(FIELD_ENCRYPTION_KEY):
    raise ImproperlyConfigured(" ".join(_faults))

# Without a key the portal starts sealed: what needs no secret works. The package
# refuses to be imported without one, so it is given a key that nothing ever uses.
SECRETS_SEALED = not FIELD_ENCRYPTION_KEY
if SECRETS_SEALED:
    FIELD_ENCRYPTION_KEY = [Fernet.generate_key().decode()]

# When a tenant's data key is replaced: after so many days, or so many secrets sealed with it.
DATA_KEY_MAX_DAYS: int = env.int("DATA_KEY_MAX_DAYS", default=365)
DATA_KEY_MAX_SEALINGS: int = env.int("DATA_KEY_MAX_SEALINGS", default=1_000_000_000)
# A start after a silence of so many minutes may be a restored backup: nothing is
# refreshed until every secret has been opened. 0: never.
QUARANTINE_AFTER_MINUTES: int = env.int("QUARANTINE_AFTER_MINUTES", default=15)
# So long after its deletion was asked for, an organisation's data keys are destroyed.
TENANT_DELETION_GRACE_DAYS: int = env.int("TENANT_DELETION_GRACE_DAYS", default=30)
