"""Whether a member is to be written to."""

from accounts.email.models import OutboxMail
from accounts.email.types import Topic
from accounts.members.models.membership import Membership


def unwelcome(mail: OutboxMail, topic: Topic) -> str:
    """Why the person is not to be written to, empty when they are."""
    rows = Membership.objects.select_related("user")
    member = rows.filter(tenant=mail.tenant_id, user=mail.recipient_id).first()
    if member is None or not member.user.is_active:
        return "The person has left."
    return "" if member.wants(topic) else "The person wants no such mails."
