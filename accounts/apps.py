"""Registers the app `accounts` with Django."""

from importlib import import_module

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """See docs/architecture.md for what lives here."""

    name = "accounts"
    verbose_name = "People and tenants"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Hear of second steps that are set up, now that there are models."""
        import_module("accounts.authentication.signals")
