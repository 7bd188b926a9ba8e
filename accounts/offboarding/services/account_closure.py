"""A person takes their data along, or closes their account."""

from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.db import transaction

from accounts.audit.events import Event
from accounts.audit.recording import Actor, record
from accounts.audit.unscoped import acts_of
from accounts.members.models.membership import Membership
from accounts.members.roles import Role
from accounts.members.services.invitations import end_unbacked
from accounts.members.services.members import LastOwner
from accounts.tenancy.models import Tenant
from accounts.tenancy.scope import tenant_scope
from accounts.users.models import User

_ACTS = 10_000


def only_owner_of(user: User) -> list[Tenant]:
    """The organisations that have no owner but `user`, by name; not those being erased."""
    owned = Tenant.objects.filter(
        memberships__user=user, memberships__role=Role.OWNER, erased_at=None
    )
    others = Membership.objects.filter(role=Role.OWNER).exclude(user=user)
    return list(owned.exclude(pk__in=others.values("tenant")).order_by("name"))


@transaction.atomic
def export_person(user: User, actor: Actor) -> dict[str, Any]:
    """What the portal knows about `user`, as JSON can hold it. No secret is in it."""
    memberships = Membership.objects.filter(user=user).select_related("tenant")
    acts = acts_of(user, _ACTS)
    record(Event.USER_EXPORTED, actor, target=user)
    return {
        "email": user.email,
        "name": user.name,
        "joined": user.date_joined,
        "last_login": user.last_login,
        "addresses": list(
            EmailAddress.objects.filter(user=user).values("email", "verified", "primary")
        ),
        "google_sign_in": list(SocialAccount.objects.filter(user=user).values("uid", "last_login")),
        "unwanted_mails": user.unwanted_mails,
        "organisations": [
            {
                "name": one.tenant.name,
                "role": one.role,
                "since": one.created_at,
                "unwanted_mails": one.unwanted_mails,
            }
            for one in memberships
        ],
        "acts": acts,
    }


@transaction.atomic
def close_account(user: User, actor: Actor) -> None:
    """Close `user`'s account: nobody signs in with it again, and nothing in it names anybody.

    The row stays, without a name and an address, because the audit records of
    organisations point at it.

    Raises:
        LastOwner: organisations would be left without an owner.
    """
    # Whoever else wants to leave or step down waits here, so that the last two
    # owners of an organisation cannot go at the same moment.
    mine = Membership.objects.filter(user=user).values("tenant")
    list(Membership.objects.select_for_update().filter(tenant__in=mine, role=Role.OWNER))
    alone = only_owner_of(user)
    if alone:
        raise LastOwner(alone)
    for membership in Membership.objects.filter(user=user).select_related("tenant"):
        record(Event.MEMBER_LEFT, actor, target=membership, tenant_id=membership.tenant_id)
        membership.delete()
        with tenant_scope(membership.tenant):
            end_unbacked(membership.tenant, actor, gone=user)
    EmailAddress.objects.filter(user=user).delete()
    SocialAccount.objects.filter(user=user).delete()
    Authenticator.objects.filter(user=user).delete()
    UserSession.objects.filter(user=user).delete()
    user.unwanted_mails = []
    user.email, user.name = f"closed-{user.pk}@closed.invalid", ""
    user.is_active = user.is_staff = user.is_superuser = False
    user.set_unusable_password()
    user.save()
    user.groups.clear()
    record(Event.USER_CLOSED, actor, target=user)
