"""Registers the app `accounts` with Django."""

from importlib import import_module

from django.apps import AppConfig

_NEED_MODELS = (
    "accounts.authentication.signals",
    "accounts.members.services.emails",
    "accounts.offboarding.services.emails",
    "accounts.staff.services.emails",
)


class AccountsConfig(AppConfig):
    """See docs/architecture.md for what lives here."""

    name = "accounts"
    verbose_name = "People and tenants"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Connect signals and register kinds of e-mail, now that there are models."""
        for module in _NEED_MODELS:
            import_module(module)
