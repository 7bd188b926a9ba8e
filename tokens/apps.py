"""Registers the app `tokens` with Django."""

from django.apps import AppConfig


class TokensConfig(AppConfig):
    """See docs/architecture.md for what lives here."""

    name = "tokens"
    verbose_name = "Google connections and keys"
    default_auto_field = "django.db.models.BigAutoField"
