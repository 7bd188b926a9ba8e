"""What e-mails to members have in common: nobody who has left or wants none gets one."""

from uuid import UUID

from accounts.email.models import QueuedEmail
from accounts.email.services.kinds import EmailKind, TargetT
from accounts.email.services.rendering import Stop
from accounts.email.types import REFUSABLE
from accounts.members.models.membership import Membership
from accounts.members.roles import POWERS, Power
from accounts.members.services.email_preferences import stop_for


class MemberEmail(EmailKind[TargetT]):
    """A kind of e-mail to members of a tenant about what few may do, or only they."""

    def over(self, email: QueuedEmail, target: TargetT) -> str:
        """Why it does not need anybody any more; empty while it does."""
        return ""

    def needless(self, email: QueuedEmail, target: TargetT) -> str:
        return self.over(email, target) or self._unwelcome(email)

    def addresses(self, email: QueuedEmail, target: TargetT) -> list[str]:
        return [email.person.email]

    def stop(self, email: QueuedEmail) -> Stop | None:
        if self.topic not in REFUSABLE:
            return None
        return stop_for(email.person, email.whose, self.topic)

    def _unwelcome(self, email: QueuedEmail) -> str:
        rows = Membership.objects.select_related("user")
        member = rows.filter(tenant=email.tenant_id, user=email.recipient_id).first()
        if member is None or not member.user.is_active:
            return "The person has left."
        return "" if member.wants(self.topic) else "The person wants no such mails."


def those_who_may(power: Power, tenant_id: UUID) -> list[UUID]:
    """The people of a tenant whose roles hold `power`."""
    roles = [role for role, powers in POWERS.items() if power in powers]
    members = Membership.objects.filter(tenant=tenant_id, role__in=roles, user__is_active=True)
    return list(members.values_list("user", flat=True))
