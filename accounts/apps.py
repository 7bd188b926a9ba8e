"""Registers the room `accounts` with Django."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """See docs/rooms.md for what lives here."""

    name = "accounts"
    verbose_name = "People and tenants"
    default_auto_field = "django.db.models.BigAutoField"
