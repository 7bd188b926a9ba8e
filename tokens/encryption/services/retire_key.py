"""Retires a key by its id, whichever kind it is."""

from accounts.audit.recording import Actor
from accounts.tenancy.scope import tenant_scope
from tokens.encryption.models.tenant_key import TenantKey
from tokens.encryption.services.data_keys import retire_data_key
from tokens.encryption.services.master_keys import NotYet, give_up, retire
from tokens.encryption.unscoped import tenant_of_data_key


def retire_by_kid(kid: str, actor: Actor, *, gives_up: bool = False) -> str:
    """Retire a master key, or destroy a data key. Returns what to do next, in words.

    With `gives_up` a master key goes although secrets need it, which do not open any more.

    Raises:
        NotYet: rows need it, or data keys do; they are named.
    """
    tenant = tenant_of_data_key(kid)
    if tenant is None and gives_up:
        give_up(kid, actor)
        return (
            f"Master key {kid} is given up. What needed it never opens again: its people are asked "
            "to connect anew, and second steps to be set up anew."
        )
    if gives_up:
        raise NotYet(f"{kid} is a data key. Only a master key can be given up.")
    if tenant is None:
        retire(kid, actor)
        return f"Master key {kid} is retired. Take it out of FIELD_ENCRYPTION_KEY and restart."
    with tenant_scope(tenant):
        row = TenantKey.objects.filter(kid=kid).first()
        if row is None:
            raise NotYet(f"There is no key {kid}.")
        retire_data_key(row, actor)
    return f"Data key {kid} of {tenant.name} is destroyed."
