"""Registers the building with Django."""

from django.apps import AppConfig

from portal import checks


class PortalConfig(AppConfig):
    """See docs/rooms.md for what lives here."""

    name = "portal"
    default_auto_field = "django.db.models.BigAutoField"
    checks = checks
