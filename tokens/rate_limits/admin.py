"""Staff's view of shared token buckets."""

from django.contrib import admin

from accounts.staff.admin_base import ReadOnlyAdmin
from tokens.rate_limits.models import RateBucket


@admin.register(RateBucket)
class RateBucketAdmin(ReadOnlyAdmin):
    """What is left of Google's rates."""

    list_display = ("name", "level", "filled_at")
    search_fields = ("name",)
