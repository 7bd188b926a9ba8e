"""Retires a key by its id, whichever kind it is."""

from accounts.audit import Actor
from accounts.tenancy import tenant_scope
from tokens.claims import tenant_of_data_key
from tokens.models import TenantKey
from tokens.services.data_keys import retire_data_key
from tokens.services.masters import NotYet, retire


def retire_by_kid(kid: str, actor: Actor) -> str:
    """Retire a master key, or destroy a data key. Returns what to do next, in words.

    Raises:
        NotYet: rows need it, or data keys do; they are named.
    """
    tenant = tenant_of_data_key(kid)
    if tenant is None:
        retire(kid, actor)
        return f"Master key {kid} is retired. Take it out of FIELD_ENCRYPTION_KEY and restart."
    with tenant_scope(tenant):
        row = TenantKey.objects.filter(kid=kid).first()
        if row is None:
            raise NotYet(f"There is no key {kid}.")
        retire_data_key(row, actor)
    return f"Data key {kid} of {tenant.name} is destroyed."
