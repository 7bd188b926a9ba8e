"""Staff's view of people, tenants and the audit record."""

from typing import TYPE_CHECKING, Any

from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.db import models
from django.http import HttpRequest

from accounts.models import AuditEvent, Membership, Tenant, User

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Any]
    TabularInline = admin.TabularInline[Any, Any]
else:
    # Django's own classes take no type arguments at run time.
    ModelAdmin, TabularInline = admin.ModelAdmin, admin.TabularInline


class ReadOnlyAdmin(ModelAdmin):
    """For rows that only services write: everything can be seen, nothing edited."""

    def get_fields(self, request: HttpRequest, obj: models.Model | None = None) -> Any:
        """Every column, also those that no form would show; secrets show as `sealed (key …)`."""
        hidden = set(self.exclude or ())
        return [field.name for field in self.opts.fields if field.name not in hidden]

    def get_readonly_fields(self, request: HttpRequest, obj: models.Model | None = None) -> Any:
        """All of them."""
        return self.get_fields(request, obj)

    def has_add_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Nothing is added by hand."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Nothing is changed by hand."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Nothing is deleted by hand."""
        return False


class ReadOnlyInline(TabularInline):
    """The same for rows shown below another."""

    extra = 0
    can_delete = False
    show_change_link = True

    def has_add_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Nothing is added by hand."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Nothing is changed by hand."""
        return False


class MembershipInline(ReadOnlyInline):
    """Who belongs to a tenant, or which tenants a person belongs to."""

    model = Membership
    fields = ("tenant", "user", "role", "created_at")
    readonly_fields = fields


# Nothing is stored in these two: sign-in keeps no tokens, and its client is a setting.
admin.site.unregister((SocialApp, SocialToken))
admin.site.unregister((EmailAddress, SocialAccount))


@admin.register(EmailAddress)
class EmailAddressAdmin(ReadOnlyAdmin):
    """Addresses that people have proven to be theirs, or not yet."""

    list_display = ("email", "user", "verified", "primary")
    list_filter = ("verified", "primary")
    search_fields = ("email", "user__email")
    list_select_related = ("user",)


@admin.register(SocialAccount)
class SocialAccountAdmin(ReadOnlyAdmin):
    """Google accounts that people sign in with. Not connections: these can do nothing."""

    list_display = ("user", "provider", "uid", "date_joined", "last_login")
    search_fields = ("user__email", "uid")
    list_select_related = ("user",)


@admin.register(User)
class UserAdmin(DjangoUserAdmin):  # type: ignore[type-arg]  # generic only in the stubs
    """People. Passwords and addresses are theirs to change."""

    ordering = ("email",)
    list_display = ("email", "name", "is_staff", "is_active", "date_joined", "last_login")
    list_filter = ("is_staff", "is_active", "groups")
    search_fields = ("email", "name", "id")
    readonly_fields = ("email", "last_login", "date_joined")
    fieldsets = (
        (None, {"fields": ("email", "name")}),
        ("May", {"fields": ("is_active", "is_staff", "is_superuser", "groups")}),
        ("Dates", {"fields": ("last_login", "date_joined")}),
    )
    filter_horizontal = ("groups",)
    inlines = (MembershipInline,)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """People sign up themselves."""
        return False


@admin.register(Tenant)
class TenantAdmin(ReadOnlyAdmin):
    """Organisations and their members."""

    list_display = ("name", "slug", "created_at")
    search_fields = ("name", "slug", "id")
    date_hierarchy = "created_at"
    inlines = (MembershipInline,)


@admin.register(Membership)
class MembershipAdmin(ReadOnlyAdmin):
    """Who belongs where, as what."""

    list_display = ("user", "tenant", "role", "created_at")
    list_filter = ("role",)
    search_fields = ("user__email", "tenant__name", "tenant__slug")
    list_select_related = ("user", "tenant")


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
