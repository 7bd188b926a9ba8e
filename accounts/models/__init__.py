"""People, tenants, memberships and the audit record."""

from accounts.models.audit import AuditEvent
from accounts.models.tenant import Membership, Tenant
from accounts.models.user import User

__all__ = ["AuditEvent", "Membership", "Tenant", "User"]
