"""Invitations: made, renewed, taken back, accepted. `emails` mails them."""

from collections.abc import Iterable

from allauth.account.models import EmailAddress
from django.db import transaction
from django.utils import timezone

from accounts.audit.events import Event
from accounts.audit.recording import Actor, record
from accounts.email.link_tokens import MadeLink, link_of
from accounts.members.models.invitation import LIFETIME, Invitation
from accounts.members.models.membership import Membership
from accounts.members.roles import Power, Role, may_give
from accounts.members.services.tenants import add_member
from accounts.tenancy.models import Tenant
from accounts.users.models import User
from accounts.values.email_address import cleaned, compared


class NotUsable(Exception):
    """The invitation was used, was taken back, or has expired."""


class SomebodyElse(Exception):
    """The invitation is for an address that is not one of this person's confirmed ones."""


def invitation_link(invitation: Invitation) -> MadeLink[Invitation]:
    """The link that lets its address in, until the time to which it was made."""
    row, ends = invitation, invitation.expires_at.isoformat()
    return link_of(row, "invitation", (row.pk, ends), row.tenant_id)


@transaction.atomic
def invite(
    tenant: Tenant, emails: Iterable[str], role: Role, actor: Actor
) -> list[MadeLink[Invitation]]:
    """Invite each address that is neither a member's nor invited already.

    An address that an expired invitation waits for gets a new one in its place.

    Raises:
        BadAddress: no mail could be sent to one of them; nobody was invited.
    """
    Tenant.objects.select_for_update().get(pk=tenant.pk)
    Invitation.objects.pending().filter(expires_at__lte=timezone.now()).update(
        revoked_at=timezone.now()
    )
    taken = set(Membership.objects.filter(tenant=tenant).values_list("user__email", flat=True))
    taken |= set(Invitation.objects.pending().values_list("email", flat=True))
    wanted = dict.fromkeys(map(cleaned, emails))
    return [_invite(tenant, email, role, actor) for email in wanted if email not in taken]


def _invite(tenant: Tenant, email: str, role: Role, actor: Actor) -> MadeLink[Invitation]:
    invitation = Invitation(tenant=tenant, email=email, role=role, invited_by=actor.user)
    made = _with_new_token(invitation)
    record(Event.INVITATION_SENT, actor, target=invitation, role=role)
    return made


@transaction.atomic
def renew(invitation: Invitation, actor: Actor) -> MadeLink[Invitation]:
    """A new link for 72 more hours; the old one ends.

    Raises:
        NotUsable: it was accepted or taken back.
    """
    row = Invitation.objects.select_for_update().pending().filter(pk=invitation.pk).first()
    if row is None:
        raise NotUsable
    made = _with_new_token(row)
    record(Event.INVITATION_RENEWED, actor, target=row)
    return made


def _with_new_token(invitation: Invitation) -> MadeLink[Invitation]:
    invitation.expires_at = timezone.now() + LIFETIME
    invitation.mailed_at = None
    made = invitation_link(invitation)
    invitation.token_hash = made.token_hash
    invitation.save()
    return made


@transaction.atomic
def revoke(invitation: Invitation, actor: Actor) -> bool:
    """Take it back; whether there was anything to take back."""
    pending = Invitation.objects.pending().filter(pk=invitation.pk)
    done = bool(pending.update(revoked_at=timezone.now()))
    if done:
        record(Event.INVITATION_REVOKED, actor, target=invitation)
    return done


def is_for(invitation: Invitation, user: User) -> bool:
    """Whether `user` has proven that the invited address is theirs."""
    owned = EmailAddress.objects.filter(user=user, verified=True).values_list("email", flat=True)
    return compared(invitation.email) in map(compared, owned)


def is_usable(invitation: Invitation) -> bool:
    """Whether it lets somebody in now: in time, and from somebody who may still invite so."""
    return invitation.is_usable and _is_backed(invitation)


def _is_backed(invitation: Invitation) -> bool:
    """Whether who made it may still give its role; what the portal itself made is always backed."""
    if invitation.invited_by_id is None:
        return True
    members = Membership.objects.filter(tenant=invitation.tenant_id)
    inviter = members.filter(user=invitation.invited_by_id).first()
    return (
        inviter is not None
        and inviter.may(Power.MEMBER_INVITE)
        and Role(invitation.role) in may_give(Role(inviter.role))
    )


def end_unbacked(tenant: Tenant, actor: Actor, *, gone: User | None = None) -> int:
    """Take back what nobody could send any more, in the transaction that took a role away.

    Those of `gone`, who is no member any more, and those to any address of theirs. Returns how
    many.
    """
    theirs: set[str] = set()
    if gone is not None:
        owned = EmailAddress.objects.filter(user=gone).values_list("email", flat=True)
        theirs = {compared(email) for email in (gone.email, *owned)}
    rows = Invitation.objects.pending().filter(tenant=tenant)
    ended = [row for row in rows if compared(row.email) in theirs or not _is_backed(row)]
    return sum(revoke(row, actor) for row in ended)


@transaction.atomic
def accept(invitation: Invitation, user: User, actor: Actor) -> Membership:
    """Make `user` a member. Whoever is one already keeps the role that they have.

    Raises:
        NotUsable: somebody was faster, it was taken back or has expired, whoever made it may not
            invite any more, or the tenant is leaving.
        SomebodyElse: the person has not confirmed the invited address.
    """
    if not is_for(invitation, user):
        raise SomebodyElse
    # Whoever takes a role away has locked the organisation, and ends invitations under the lock.
    Tenant.objects.select_for_update().get(pk=invitation.tenant_id)
    if not _is_backed(invitation):
        raise NotUsable
    usable = Invitation.objects.usable().filter(pk=invitation.pk)
    leaving = Tenant.objects.filter(pk=invitation.tenant_id, deleted_at__isnull=False).exists()
    if leaving or not usable.update(accepted_at=timezone.now(), accepted_by=user):
        raise NotUsable
    record(Event.INVITATION_ACCEPTED, actor, target=invitation)
    return add_member(tenant=invitation.tenant, user=user, role=Role(invitation.role), actor=actor)
