"""Creating tenants and adding people to them."""

import secrets
from contextlib import suppress
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.text import slugify

from accounts.audit.events import Event
from accounts.audit.recording import Actor, differing, record
from accounts.members.models.membership import Membership
from accounts.members.roles import Role
from accounts.tenancy.models import Tenant
from accounts.users.models import User
from accounts.values.text import cleaned

_TRIES = 3
# Words that stand in URLs beside tenants' slugs.
_RESERVED = frozenset({"new", "admin", "static", "google", "accounts"})


@transaction.atomic
def create_tenant(*, name: str, owner: User, actor: Actor) -> Tenant:
    """Create a tenant, with `owner` as its first member.

    Raises:
        ValueError: the name is empty.
        BadText: it has characters that nobody sees.
    """
    name = cleaned(name)
    if not name:
        raise ValueError("An organisation needs a name.")
    tenant = _with_slug_of_its_own(name)
    record(Event.TENANT_CREATED, actor, target=tenant, tenant_id=tenant.pk, slug=tenant.slug)
    add_member(tenant=tenant, user=owner, role=Role.OWNER, actor=actor)
    return tenant


@transaction.atomic
def change_tenant(tenant: Tenant, actor: Actor, **changes: Any) -> list[str]:
    """Change the name, the reply address or the second step; returns what is new."""
    row = Tenant.objects.select_for_update().get(pk=tenant.pk)
    before = {name: getattr(row, name) for name in changes}
    changed = differing(before, changes)
    if not changed:
        return []
    for name in changed:
        setattr(row, name, changes[name])
    row.save(update_fields=changed)
    record(Event.TENANT_CHANGED, actor, target=row, tenant_id=row.pk, **changed)
    return list(changed)


@transaction.atomic
def add_member(*, tenant: Tenant, user: User, role: Role, actor: Actor) -> Membership:
    """Make `user` a member, or leave the membership they have as it is."""
    membership, created = Membership.objects.get_or_create(
        tenant=tenant, user=user, defaults={"role": role}
    )
    if created:
        record(Event.MEMBER_ADDED, actor, target=membership, tenant_id=tenant.pk, role=role)
    return membership


def work_alone(membership: Membership) -> None:
    """Remind a member no more that colleagues can be invited."""
    Membership.objects.filter(pk=membership.pk).update(works_alone=True)


def _with_slug_of_its_own(name: str) -> Tenant:
    """A row under the plain slug of its name, or with some letters more where that is taken.

    Only the database can say what is taken: others create at the same moment.
    """
    wanted = slugify(name)[:32].strip("-") or "organisation"
    plain = [] if wanted in _RESERVED else [wanted]
    for slug in (*plain, *(f"{wanted}-{secrets.token_hex(2)}" for _ in range(_TRIES))):
        if Tenant.objects.filter(slug=slug).exists():
            continue
        with suppress(IntegrityError), transaction.atomic():
            return Tenant.objects.create(name=name, slug=slug)
    return Tenant.objects.create(name=name, slug=f"{wanted}-{secrets.token_hex(3)}")
