"""Wraps data keys with the active master key. No secret is opened for it, let alone written."""

from collections.abc import Iterator
from functools import partial

from accounts.tenancy.models import Tenant
from accounts.tenancy.scope import tenant_scope
from tokens.encryption.availability import wrapping_master
from tokens.encryption.batches import Failure
from tokens.encryption.models.tenant_key import TenantKey
from tokens.encryption.services.secret_stores import Tried, each_anew
from tokens.encryption.unscoped import tenants_with_data_keys_under
from tokens.encryption.wrapping import not_wrapped_by, unwrap, wrap


def rewrap_tenant(tenant: Tenant) -> tuple[int, list[Failure]]:
    """How many data keys of a tenant were wrapped anew, and which do not open.

    Inside the caller's transaction.
    """
    master = wrapping_master().kid
    with tenant_scope(tenant):
        waiting = not_wrapped_by(TenantKey.objects.filter(wrapped__isnull=False), "wrapped", master)
        return each_anew(
            waiting, "wrapped", lambda row: row.kid, lambda row: _rewrapped(row, master)
        )


def count_to_rewrap(tenant: Tenant, master: str) -> int:
    """How many data keys of a tenant are to be wrapped with `master`."""
    with tenant_scope(tenant):
        return not_wrapped_by(
            TenantKey.objects.filter(wrapped__isnull=False), "wrapped", master
        ).count()


def _rewrapped(row: TenantKey, master: str) -> int:
    """Only while it is as it was read: a key that was destroyed meanwhile stays destroyed."""
    anew = wrap(_opened(row), row.owner, master)
    same = TenantKey.objects.filter(
        pk=row.pk, wrapped_by=row.wrapped_by, state=row.state, wrapped__isnull=False
    )
    return same.update(wrapped=anew, wrapped_by=master)


def _opened(row: TenantKey) -> bytes:
    return unwrap(row.wrapped, row.owner, row.wrapped_by)


def tried_data_keys(master: str) -> Iterator[Tried]:
    """Open every data key under a master key, and keep none."""
    for tenant in tenants_with_data_keys_under(master):
        with tenant_scope(tenant):
            for row in TenantKey.objects.filter(wrapped_by=master, wrapped__isnull=False):
                yield Tried.of(row, "wrapped", row.wrapped_by, partial(_opened, row))
