"""Who may. Entry points (views, admin actions, commands) ask here before they act."""

import time
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.http.request import HttpRequest

from accounts.members.models.membership import Membership
from accounts.members.roles import STAFF_GROUPS, Power, Role, StaffPower
from accounts.tenancy.models import Tenant
from accounts.users.models import User

# Where a session keeps which tenant its member of staff looks at, and until when.
SUPPORT_VIEW = "support_view"


class NotAllowed(PermissionDenied):
    """The member's role does not hold the power that the page needs."""

    def __init__(self, power: Power, membership: Membership) -> None:
        super().__init__(power)
        self.power = power
        self.membership = membership


def enter_tenant(request: HttpRequest, slug: str, power: Power) -> Membership:
    """The membership by which this person may do `power` in the tenant `slug`.

    Raises:
        Http404: the tenant does not exist, is being erased, or exists for others
            only: the same answer, so that nobody learns which.
        NotAllowed: the person is a member, but may not do this.
    """
    user = request.user
    membership = Membership.objects.entering(user, slug) if isinstance(user, User) else None
    membership = membership or _support_view(request, slug)
    if membership is None or membership.tenant.erased_at is not None:
        raise Http404
    if not membership.may(power):
        raise NotAllowed(power, membership)
    return membership


def _support_view(request: HttpRequest, slug: str) -> Membership | None:
    """A viewer's membership, never stored, for staff who opened a support view of the tenant."""
    opened = request.session.get(SUPPORT_VIEW) or {}
    if opened.get("slug") != slug or opened.get("until", 0) < time.time():
        return None
    user, tenant = request.user, Tenant.objects.filter(slug=slug).first()
    if tenant is None or not isinstance(user, User) or not staff_may(user, StaffPower.READ):
        return None
    return Membership(tenant=tenant, user=user, role=Role.VIEWER)


def staff_may(user: Any, power: StaffPower) -> bool:
    """Whether this member of staff holds `power`, by a group or as superuser."""
    if not (isinstance(user, User) and user.is_active and user.is_staff):
        return False
    return user.is_superuser or power in _powers_of(user)


def _powers_of(user: User) -> frozenset[StaffPower]:
    """The powers of all the groups that `user` is in, read once for each request's user."""
    kept: frozenset[StaffPower] | None = user.__dict__.get("staff_powers")
    if kept is None:
        names = user.groups.values_list("name", flat=True)
        kept = frozenset[StaffPower]().union(*(STAFF_GROUPS.get(n, frozenset()) for n in names))
        user.__dict__["staff_powers"] = kept
    return kept
