"""Registers the room `accounts` with Django."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class AccountsConfig(AppConfig):
    """See docs/rooms.md for what lives here."""

    name = "accounts"
    verbose_name = "People and tenants"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Hear of second steps that are set up, now that there are models."""
        autodiscover_modules("hearing")
