"""E-mails about memberships, and invitations: written with the change that they tell of."""

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from accounts.audit.events import Event
from accounts.audit.recording import Actor
from accounts.email.models import QueuedEmail
from accounts.email.services.kinds import Content, EmailKind, email_kind
from accounts.email.services.limits import Caused, count_email
from accounts.email.services.queue import queue
from accounts.email.types import Topic
from accounts.members.models.invitation import Invitation
from accounts.members.models.membership import Membership
from accounts.members.roles import DESCRIPTIONS, Role
from accounts.members.services.invitations import invitation_link, is_usable, renew
from accounts.users.models import User


class _MembershipEmail(EmailKind[User]):
    """What somebody else made of a person's membership."""

    topic, model, event = Topic.MEMBERSHIP, User, Event.MEMBER_TOLD
    while_leaving = True
    # Who did it stands in the record, which forgets people who close their account.
    private = frozenset({"by"})

    def needless(self, email: QueuedEmail, target: User) -> str:
        if not target.is_active:
            return "The person has closed their account."
        rows = Membership.objects.filter(tenant=email.tenant_id, user=target)
        role = rows.values_list("role", flat=True).first() or ""
        return "" if role == email.data["after"] else "It was changed again meanwhile."

    def addresses(self, email: QueuedEmail, target: User) -> list[str]:
        return [target.email]

    def content(self, email: QueuedEmail, targets: list[User]) -> Content:
        tenant, after = email.whose, email.data["after"]
        said = {
            "tenant": tenant.name,
            "who": email.data.get("by") or "The portal's staff",
            "before": Role(email.data["before"]).label.lower(),
            "after": Role(after).label.lower() if after else "",
            "may": DESCRIPTIONS[Role(after)] if after else "",
        }
        path = reverse("members", args=[tenant.slug]) if after else reverse("organisations")
        return Content(said, path, tenant.reply_to)


@email_kind
class RoleChanged(_MembershipEmail):
    """To who gets another role."""

    name, words = "role_changed", "Another role in an organisation"


@email_kind
class MemberRemoved(_MembershipEmail):
    """To who belongs there no more."""

    name, words = "member_removed", "Removed from an organisation"


@email_kind
class OwnershipReceived(_MembershipEmail):
    """To who is owner now in place of somebody else."""

    name, words = "ownership_received", "An organisation is handed over to you"


def tell_member(
    member: Membership, kind: type[_MembershipEmail], before: str, actor: Actor
) -> None:
    """Note, in the transaction that changes a membership, that its person is to be told.

    Not of what they did themselves. `member` is as it is after the change.
    """
    if actor.user is not None and actor.user.pk == member.user_id:
        return
    after = "" if kind is MemberRemoved else member.role
    by = actor.user.display_name[:254] if actor.user else ""
    email = kind.about(member.user, member.user_id, before=before, after=after, by=by)
    email.tenant_id = member.tenant_id
    queue([email])


@email_kind
class InvitationEmail(EmailKind[Invitation]):
    """An invitation, with the link that lets its address in."""

    name, words, topic = "invitation", "An invitation to an organisation", Topic.ASKED
    model, related = Invitation, ("tenant", "invited_by")

    def needless(self, email: QueuedEmail, target: Invitation) -> str:
        if email.occasion != target.expires_at.isoformat():
            return "A newer link has taken its place."
        if not is_usable(target):
            return "The invitation is over."
        known = invitation_link(target).token_hash == target.token_hash
        return "" if known else "Its link cannot be made any more. Send a new one."

    def addresses(self, email: QueuedEmail, target: Invitation) -> list[str]:
        return [target.email]

    def content(self, email: QueuedEmail, targets: list[Invitation]) -> Content:
        (row,) = targets
        said = {
            "tenant": row.tenant.name,
            "inviter": row.invited_by.display_name if row.invited_by else row.tenant.name,
            "role": row.get_role_display().lower(),
            "may": DESCRIPTIONS[Role(row.role)],
            "until": row.expires_at,
        }
        return Content(said, invitation_link(row).path, row.tenant.reply_to)

    def sent(self, email: QueuedEmail, target: Invitation) -> None:
        same = Invitation.objects.filter(pk=target.pk, expires_at=target.expires_at)
        same.update(mailed_at=timezone.now())


def send_invitation(invitation: Invitation, actor: Actor) -> None:
    """Have an invitation mailed to its address.

    Raises:
        TooManyEmails: it stays, and is not sent.
    """
    count_email(Caused.INVITATIONS, actor, invitation.tenant_id, invitation.email)
    _queue(invitation)


@transaction.atomic
def resend_invitation(invitation: Invitation, actor: Actor) -> None:
    """Have a new link mailed in place of the old one.

    Raises:
        NotUsable: it was accepted or taken back.
        TooManyEmails: nothing is sent, and the old link goes on working.
    """
    count_email(Caused.INVITATIONS, actor, invitation.tenant_id, invitation.email)
    _queue(renew(invitation, actor).row)


def _queue(invitation: Invitation) -> None:
    queue([InvitationEmail.about(invitation, occasion=invitation.expires_at.isoformat())])
