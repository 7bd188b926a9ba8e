"""Who may. Doors (views, admin actions, commands) ask here before they act."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

from allauth.account.app_settings import REAUTHENTICATION_TIMEOUT
from allauth.account.authentication import get_authentication_records
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.http.request import HttpRequest
from django.utils import timezone

from accounts.models import Membership, Tenant, User
from accounts.roles import STAFF_GROUPS, Power, Role, StaffPower

# Where a session keeps which tenant its member of staff looks at, and until when.
SUPPORT_VIEW = "support_view"
# Where a session keeps when it was opened, in seconds since 1970.
SIGNED_IN_AT = "signed_in_at"
_SECOND_STEPS = (Authenticator.Type.WEBAUTHN, Authenticator.Type.TOTP)


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
    membership = Membership.objects.door(user, slug) if isinstance(user, User) else None
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


def needs_second_step(user: User, tenant: Tenant) -> bool:
    """Whether `tenant` asks for a passkey or an authenticator app, and `user` has neither."""
    if not tenant.requires_mfa:
        return False
    return not Authenticator.objects.filter(user=user, type__in=_SECOND_STEPS).exists()


def second_steps_of(user: User) -> set[str]:
    """Which kinds of second step `user` has set up."""
    rows = Authenticator.objects.filter(user=user, type__in=_SECOND_STEPS)
    return set(rows.values_list("type", flat=True))


def took_second_step(request: HttpRequest) -> bool:
    """Whether this very session was opened, or confirmed, with a second step that still counts.

    A session from before the second step was set up has proven nothing.
    """
    if not settings.STAFF_SECOND_STEP:
        return True
    records = get_authentication_records(request, request.user)
    used = {record.get("id") for record in records if record["method"] == "mfa"}
    return bool(used) and Authenticator.objects.filter(user=request.user, pk__in=used).exists()


def sets_up_first_step(request: HttpRequest) -> bool:
    """Whether the person signed in just now, and had no second step then.

    They have proven who they are a moment ago, and there is nothing yet to take over.
    """
    at = request.session.get(SIGNED_IN_AT)
    if at is None:
        return False
    since = datetime.fromtimestamp(at, UTC)
    is_recent = timezone.now() - since < timedelta(seconds=REAUTHENTICATION_TIMEOUT)
    older = Authenticator.objects.filter(user_id=request.user.pk, created_at__lt=since)
    return is_recent and not older.exists()


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
