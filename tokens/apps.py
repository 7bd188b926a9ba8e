"""Registers the app `tokens` with Django."""

from importlib import import_module

from django.apps import AppConfig

_KINDS_OF_EMAIL = (
    "tokens.encryption.services.restore_hold",
    "tokens.clients.services.emails",
    "tokens.service_accounts.services.emails",
    "tokens.connections.services.emails",
)


class TokensConfig(AppConfig):
    """See docs/architecture.md for what lives here."""

    name = "tokens"
    verbose_name = "Google connections and keys"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register kinds of e-mail, now that there are models."""
        for module in _KINDS_OF_EMAIL:
            import_module(module)
