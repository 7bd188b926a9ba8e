"""People, tenants, memberships, invitations and the audit record."""

from accounts.models.audit import AuditEvent
from accounts.models.audit_link import AuditLink
from accounts.models.erasure import Erasure
from accounts.models.error_report import ErrorReport
from accounts.models.invitation import Invitation
from accounts.models.outbox import LeavingMail, MemberMail, OutboxMail, StaffMail, WaitingMail
from accounts.models.tenant import Membership, Tenant
from accounts.models.user import User

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
