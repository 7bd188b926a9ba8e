"""What proves who somebody is, and whether they have proven it."""

from datetime import UTC, datetime, timedelta

from allauth.account.app_settings import REAUTHENTICATION_TIMEOUT
from allauth.account.authentication import get_authentication_records
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.http.request import HttpRequest
from django.utils import timezone

from accounts.tenancy.models import Tenant
from accounts.users.models import User

# Where a session keeps when it was opened, in seconds since 1970.
SIGNED_IN_AT = "signed_in_at"


_SECOND_STEPS = (Authenticator.Type.WEBAUTHN, Authenticator.Type.TOTP)


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
