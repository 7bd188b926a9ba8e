"""Members: other roles, leaving, and handing an organisation over.

Each act locks the tenant first, so that two owners who leave in the same moment
do not leave it without one.
"""

from uuid import UUID

from django.db import transaction

from accounts.audit.events import Event
from accounts.audit.recording import Actor, record
from accounts.members.models.membership import Membership
from accounts.members.roles import Role
from accounts.members.services.emails import (
    MemberRemoved,
    OwnershipReceived,
    RoleChanged,
    tell_member,
)
from accounts.members.services.invitations import end_unbacked
from accounts.tenancy.models import Tenant


class NotAMember(Exception):
    """The person is no member any more."""


@transaction.atomic
def change_role(membership: Membership, role: Role, actor: Actor) -> Membership:
    """Give a member another role.

    Raises:
        LastOwner: nobody else owns the organisation.
        NotAMember: they left in the meantime.
    """
    row = _locked(membership)
    if row.role == role:
        return row
    before = row.role
    _keep_an_owner(row, unless=role == Role.OWNER)
    row.role = role
    row.save(update_fields=["role"])
    _record(Event.MEMBER_ROLE_CHANGED, row, actor, before=before, after=role)
    tell_member(row, RoleChanged, before, actor)
    end_unbacked(row.tenant, actor)
    return row


@transaction.atomic
def remove_member(membership: Membership, actor: Actor) -> None:
    """End a membership: somebody else's, or one's own, which is leaving.

    Raises:
        LastOwner: nobody else owns the organisation.
        NotAMember: it has ended already.
    """
    row = _locked(membership)
    _keep_an_owner(row)
    own = actor.user is not None and actor.user.pk == row.user_id
    _record(Event.MEMBER_REMOVED, row, actor, role=row.role, left=own)
    tell_member(row, MemberRemoved, row.role, actor)
    row.delete()
    end_unbacked(row.tenant, actor, gone=row.user)


@transaction.atomic
def transfer(giver: Membership, taker: Membership, actor: Actor) -> None:
    """Make `taker` an owner and `giver`, who is one, an admin.

    Raises:
        NotAMember: one of them left, or `giver` is no owner any more.
    """
    _lock(taker.tenant_id)
    to, by = _current(taker), _current(giver)
    if by.role != Role.OWNER or by.pk == to.pk:
        raise NotAMember
    Membership.objects.filter(pk=to.pk).update(role=Role.OWNER)
    Membership.objects.filter(pk=by.pk).update(role=Role.ADMIN)
    _record(
        Event.OWNERSHIP_TRANSFERRED,
        to,
        actor,
        role={"before": to.role, "after": Role.OWNER},
        giver=by.user.email,
        givers_role={"before": Role.OWNER, "after": Role.ADMIN},
    )
    before, to.role = to.role, Role.OWNER
    tell_member(to, OwnershipReceived, before, actor)
    end_unbacked(to.tenant, actor)


def _locked(membership: Membership) -> Membership:
    _lock(membership.tenant_id)
    return _current(membership)


def _lock(tenant_id: UUID) -> None:
    Tenant.objects.select_for_update().get(pk=tenant_id)


def _current(membership: Membership) -> Membership:
    row = Membership.objects.select_related("user", "tenant").filter(pk=membership.pk).first()
    if row is None:
        raise NotAMember
    return row


def is_last_owner(row: Membership) -> bool:
    """Whether the organisation would be nobody's without this member."""
    others = Membership.objects.filter(tenant=row.tenant_id, role=Role.OWNER).exclude(pk=row.pk)
    return row.role == Role.OWNER and not others.exists()


def _keep_an_owner(row: Membership, *, unless: bool = False) -> None:
    if not unless and is_last_owner(row):
        raise LastOwner([row.tenant])


def _record(event: Event, row: Membership, actor: Actor, **data: object) -> None:
    record(event, actor, target=row, tenant_id=row.tenant_id, **data)


class LastOwner(Exception):
    """Organisations would be left without an owner."""

    def __init__(self, tenants: list[Tenant]) -> None:
        super().__init__(", ".join(tenant.name for tenant in tenants))
        self.tenants = tenants
