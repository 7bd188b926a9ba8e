"""Registers the building with Django."""

from importlib import import_module

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig

from portal.checks import settings as settings_checks

_NEED_MODELS = (
    "portal.checks.data",
    "portal.checks.deploy",
    "portal.checks.row_security",
    "portal.checks.redirect_uris",
    "portal.authentication.secret_stores",
)


class PortalConfig(AppConfig):
    """See docs/architecture.md for what lives here."""

    name = "portal"
    default_auto_field = "django.db.models.BigAutoField"
    checks = settings_checks

    def ready(self) -> None:
        """Register what needs models, now that there are any."""
        for module in _NEED_MODELS:
            import_module(module)


class StaffAdminConfig(AdminConfig):
    """Django admin with the front page of `portal.staff.site`."""

    default_site = "portal.staff.site.StaffSite"
