"""What web processes, workers and the clock do when they start.

`manage.py` runs Django's checks by itself; servers do not, so they come here.
"""

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from portal.operations.key_heartbeat import report_keys
from portal.settings.key_faults import faults, weaknesses


def start(kind: str) -> None:
    """Refuse to run with unsound keys, then begin to report which keys this process holds.

    Raises:
        ImproperlyConfigured: a key is weak, doubled or no key, with a sentence for each.
    """
    if not settings.SECRETS_SEALED:
        keys = settings.FIELD_ENCRYPTION_KEY
        if found := [*faults(keys), *weaknesses(keys)]:
            raise ImproperlyConfigured(" ".join(found))
    report_keys(kind)
