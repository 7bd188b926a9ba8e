"""People, tenants, memberships, invitations and the audit record."""

from accounts.audit.models.event import AuditEvent
from accounts.audit.models.link import AuditLink
from accounts.email.models import OutboxMail, StaffMail, WaitingMail
from accounts.members.models.invitation import Invitation
from accounts.members.models.mail import MemberMail
from accounts.members.models.membership import Membership
from accounts.offboarding.models.erasure import Erasure
from accounts.offboarding.models.mail import LeavingMail
from accounts.staff.models import ErrorReport
from accounts.tenancy.models import Tenant
from accounts.users.models import User

__all__ = [
    "AuditEvent",
    "AuditLink",
    "Erasure",
    "ErrorReport",
    "Invitation",
    "LeavingMail",
    "MemberMail",
    "Membership",
    "OutboxMail",
    "StaffMail",
    "Tenant",
    "User",
    "WaitingMail",
]
