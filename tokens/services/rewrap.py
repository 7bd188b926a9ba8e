"""Wraps data keys with the active master key. No secret is opened for it, let alone written."""

from accounts.models import Tenant
from accounts.tenancy import tenant_scope
from tokens.bulk import Failure
from tokens.models import TenantKey
from tokens.standing import active_master
from tokens.wrapping import KeyMissing, WrongKey, unwrap, wrap


def rewrap_tenant(tenant: Tenant) -> tuple[int, list[Failure]]:
    """How many data keys of a tenant were wrapped anew, and which do not open.

    Inside the caller's transaction.
    """
    master = active_master().kid
    done, failures = 0, []
    with tenant_scope(tenant):
        waiting = TenantKey.objects.exclude(wrapped_by=master).filter(wrapped__isnull=False)
        for row in waiting:
            try:
                done += _rewrapped(row, master)
            except (KeyMissing, WrongKey) as error:
                failures.append(
                    Failure("tokens.TenantKey", str(row.pk), "wrapped", row.kid, str(error))
                )
    return done, failures


def _rewrapped(row: TenantKey, master: str) -> int:
    """Only while it is as it was read: a key that was destroyed meanwhile stays destroyed."""
    if row.wrapped is None:
        return 0
    owner = str(row.tenant_id)
    anew = wrap(unwrap(row.wrapped, owner, row.wrapped_by), owner, master)
    same = TenantKey.objects.filter(
        pk=row.pk, wrapped_by=row.wrapped_by, state=row.state, wrapped__isnull=False
    )
    return same.update(wrapped=anew, wrapped_by=master)
