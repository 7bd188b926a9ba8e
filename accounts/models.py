"""People, tenants, memberships, invitations and the audit record."""

from accounts.audit.models.event import AuditEvent
from accounts.audit.models.link import AuditLink
from accounts.email.models import QueuedEmail
from accounts.members.models.invitation import Invitation
from accounts.members.models.membership import Membership
from accounts.offboarding.models import Erasure
from accounts.staff.models import ErrorReport
from accounts.tenancy.models import Tenant
from accounts.users.models import User

__all__ = [
    "AuditEvent",
    "AuditLink",
    "Erasure",
    "ErrorReport",
    "Invitation",
    "Membership",
    "QueuedEmail",
    "Tenant",
    "User",
]
