"""Staff's view of people, tenants and the audit record."""

from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from allauth.usersessions.models import UserSession
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from accounts.audit.events import Event
from accounts.audit.models.event import AuditEvent
from accounts.audit.models.link import AuditLink
from accounts.audit.recording import Actor, by_staff, differing, record
from accounts.authentication.services.sessions import sign_out
from accounts.email.models import QueuedEmail
from accounts.email.services.queue import send_again
from accounts.members.models.invitation import Invitation
from accounts.members.models.membership import Membership
from accounts.members.policies import staff_may
from accounts.members.roles import STAFF_GROUPS, StaffPower
from accounts.offboarding.models import Erasure
from accounts.staff.admin_base import (
    ReadOnlyAdmin,
    ReadOnlyInline,
    StaffAdmin,
    ValuesFilter,
    staff_action,
)
from accounts.staff.models import ErrorReport
from accounts.tenancy.models import Tenant
from accounts.users.models import User

# How the organisations of a person are found: there may be several.
TENANT = ("name", "slug")
OF_USER = tuple(f"user__memberships__tenant__{name}" for name in TENANT)


class MembershipInline(ReadOnlyInline):
    """Who belongs to a tenant, or which tenants a person belongs to."""

    model = Membership
    fields = ("tenant", "user", "role", "created_at")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Membership]:
        """With both ends, which every row shows."""
        return super().get_queryset(request).select_related("tenant", "user")


# Nothing is stored in these two: sign-in keeps no tokens, and its client is a setting.
admin.site.unregister((SocialApp, SocialToken))
admin.site.unregister((EmailAddress, SocialAccount, Authenticator, UserSession))


@admin.register(EmailAddress)
class EmailAddressAdmin(ReadOnlyAdmin):
    """Addresses that people have proven to be theirs, or not yet."""

    list_display = ("email", "user", "verified", "primary")
    list_filter = ("verified", "primary")
    search_fields = ("email", "user__email", *OF_USER)
    list_select_related = ("user",)


@admin.register(SocialAccount)
class SocialAccountAdmin(ReadOnlyAdmin):
    """Google accounts that people sign in with. Not connections: these can do nothing."""

    list_display = ("user", "provider", "uid", "date_joined", "last_login")
    search_fields = ("user__email", "uid", *OF_USER)
    list_select_related = ("user",)


@admin.register(Authenticator)
class AuthenticatorAdmin(ReadOnlyAdmin):
    """Second steps: who has which kind. What a code is checked with is shown to none."""

    list_display = ("user", "type", "created_at", "last_used_at")
    list_filter = ("type",)
    search_fields = ("user__email", *OF_USER)
    list_select_related = ("user",)
    exclude = ("data",)


@admin.register(UserSession)
class UserSessionAdmin(ReadOnlyAdmin):
    """Where people are signed in. Without the key, with which a session could be taken over."""

    list_display = ("user", "created_at", "last_seen_at", "ip", "user_agent")
    search_fields = ("user__email", "ip", *OF_USER)
    list_select_related = ("user",)
    exclude = ("session_key", "data")
    actions = ("sign_out",)

    @staff_action("Sign out: whoever uses these browsers has to sign in again")
    def sign_out(self, rows: QuerySet[UserSession], actor: Actor) -> str:
        """End these sessions, as for a computer that was stolen."""
        theirs: dict[User, list[UserSession]] = {}
        for row in rows.select_related("user"):
            theirs.setdefault(row.user, []).append(row)
        for user, browsers in theirs.items():
            sign_out(browsers, user, actor)
        return f"{sum(map(len, theirs.values()))} browsers of {len(theirs)} people are signed out."


@admin.register(User)
class UserAdmin(StaffAdmin, DjangoUserAdmin):  # type: ignore[type-arg]  # generic only in the stubs
    """People. Passwords and addresses are theirs to change."""

    ordering = ("email",)
    list_display = ("email", "name", "is_staff", "is_active", "date_joined", "last_login")
    list_filter = ("is_staff", "is_active", "groups")
    search_fields = ("email", "name", *(f"memberships__tenant__{name}" for name in TENANT))
    readonly_fields = ("email", "last_login", "date_joined", "elsewhere")
    fieldsets = (
        (None, {"fields": ("email", "name")}),
        ("May", {"fields": ("is_active", "is_staff", "is_superuser", "groups")}),
        ("Dates", {"fields": ("last_login", "date_joined")}),
        ("Theirs", {"fields": ("elsewhere",)}),
    )
    # The usual box of two lists names its icons in a way that is none for screen readers.
    filter_horizontal = ()
    inlines = (MembershipInline,)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """People close their accounts themselves; staff can only take `is_active` away."""
        return False

    def user_change_password(self, request: HttpRequest, *_: Any, **__: Any) -> HttpResponse:
        """Nobody sets the password of somebody else."""
        raise PermissionDenied

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:  # noqa: FBT001  # Django's
        """Save and record what is new, in the transaction that Django opens for both."""
        super().save_related(request, form, formsets, change)
        before = {name: _plain(form.initial.get(name)) for name in form.changed_data}
        after = {name: _plain(form.cleaned_data[name]) for name in form.changed_data}
        if changed := differing(before, after):
            record(Event.USER_CHANGED, by_staff(request), target=form.instance, **changed)

    def has_view_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Every group of staff may look people up; superusers alone say who is staff."""
        return staff_may(request.user, StaffPower.READ)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)


def _plain(value: Any) -> Any:
    """A value of the form as the record keeps it: groups by their names."""
    if isinstance(value, (list, QuerySet)):
        return ", ".join(sorted(str(one) for one in value))
    return value


admin.site.unregister(Group)


@admin.register(Group)
class GroupAdmin(DjangoGroupAdmin):
    """Groups of staff. What each may do is a table in the code: accounts/members/roles.py."""

    list_display = ("name", "powers")
    fields = ("name", "powers")
    readonly_fields = ("name", "powers")

    @admin.display(description="may")
    def powers(self, group: Group) -> str:
        """What its members may do, in words."""
        held = STAFF_GROUPS.get(group.name, frozenset())
        return ", ".join(_POWER_WORDS[power] for power in sorted(held)) or "nothing"

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Groups come with the code that gives them a meaning."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False


_POWER_WORDS = {
    StaffPower.READ: "see everything but secrets, open a read-only support view",
    StaffPower.ACT: "retry, cancel, expire, pause, refresh",
    StaffPower.ROTATE: "rotate keys",
}


@admin.register(Tenant)
class TenantAdmin(ReadOnlyAdmin):
    """Organisations and their members."""

    list_display = ("name", "slug", "created_at", "deleted_at", "erased_at")
    search_fields = ("name", "slug", "memberships__user__email")
    date_hierarchy = "created_at"
    inlines = (MembershipInline,)

    def view_on_site(self, obj: Tenant) -> str:
        """Where staff open a support view of it."""
        return reverse("admin:support", args=[obj.pk])


@admin.register(Membership)
class MembershipAdmin(ReadOnlyAdmin):
    """Who belongs where, as what."""

    list_display = ("user", "tenant", "role", "created_at")
    list_filter = ("role",)
    search_fields = ("user__email", "tenant__name", "tenant__slug")
    list_select_related = ("user", "tenant")


@admin.register(Erasure)
class ErasureAdmin(ReadOnlyAdmin):
    """Organisations that are being deleted or are gone, with the proof."""

    list_display = ("organisation", "asked_at", "shredded_at", "finished_at", "total")
    search_fields = ("organisation", "digest")
    date_hierarchy = "started_at"
    # Names and addresses stand there until it is finished.
    exclude = ("owners",)


@admin.register(Invitation)
class InvitationAdmin(ReadOnlyAdmin):
    """Who was asked to join which tenant, and what became of it."""

    list_display = ("email", "tenant", "role", "invited_by", "expires_at", "accepted_at")
    list_filter = ("role",)
    search_fields = ("email", "tenant__name", "tenant__slug")
    list_select_related = ("tenant", "invited_by")
    exclude = ("token_hash",)


@admin.register(QueuedEmail)
class QueuedEmailAdmin(ReadOnlyAdmin):
    """E-mails that workers send: sent, waiting, or dropped and why."""

    list_display = (
        "kind",
        "recipient",
        "tenant",
        "target_id",
        "due_at",
        "sent_at",
        "tries",
        "problem",
        "dropped_because",
    )
    list_filter = (
        ("due_at", admin.EmptyFieldListFilter),
        ("dropped_because", admin.EmptyFieldListFilter),
        ("kind", ValuesFilter),
    )
    search_fields = ("id", "kind", "target_id", "recipient__email", "tenant__name", "tenant__slug")
    list_select_related = ("recipient", "tenant")
    date_hierarchy = "created_at"
    # Names of those who did something, and addresses of owners, until it is sent.
    exclude = ("data",)
    actions = ("send_again",)

    @staff_action("Send soon: what was not sent yet, or given up")
    def send_again(self, rows: QuerySet[QueuedEmail], actor: Actor) -> str:
        """Have workers send these, unless they are needless by now."""
        done = sum(send_again(row, actor) for row in rows)
        return f"{done} of {len(rows)} will be sent within seconds, if they are still true."


@admin.register(ErrorReport)
class ErrorReportAdmin(ReadOnlyAdmin):
    """Errors of the portal itself, by the reference that their pages show."""

    list_display = ("created_at", "kind", "place", "page", "reference", "told_at")
    list_filter = (("kind", ValuesFilter),)
    search_fields = ("reference", "kind", "place", "page")
    date_hierarchy = "created_at"


@admin.register(AuditEvent)
class AuditEventAdmin(ReadOnlyAdmin):
    """What was done, by whom, to what."""

    list_display = ("created_at", "tag", "actor_kind", "actor", "tenant", "target_label", "ip")
    list_filter = ("actor_kind", "tag")
    search_fields = (
        "target_label",
        "target_id",
        "actor__email",
        "tenant__slug",
        "reference",
        "tag",
    )
    date_hierarchy = "created_at"
    list_select_related = ("actor", "tenant")


@admin.register(AuditLink)
class AuditLinkAdmin(ReadOnlyAdmin):
    """The chain of hashes over the record; `manage.py verify_audit` looks it through."""

    list_display = ("sequence", "tenant", "event_at", "event_id", "digest")
    search_fields = ("event_id", "digest", "tenant__slug")
    list_select_related = ("tenant",)
