"""Registers the building with Django."""

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig
from django.utils.module_loading import autodiscover_modules

from portal.checks import settings as checks


class PortalConfig(AppConfig):
    """See docs/rooms.md for what lives here."""

    name = "portal"
    default_auto_field = "django.db.models.BigAutoField"
    checks = checks

    def ready(self) -> None:
        """Register what needs models, now that there are any."""
        autodiscover_modules("data_checks", "deploy_checks", "fence_checks")
        autodiscover_modules("redirect_checks", "secret_keepers")


class StaffAdminConfig(AdminConfig):
    """Django admin with the front page of `portal.staff.site`."""

    default_site = "portal.staff.site.StaffSite"
