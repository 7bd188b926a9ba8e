"""Registers the app `provisioning` with Django."""

from importlib import import_module

from django.apps import AppConfig

_KINDS_OF_EMAIL = (
    "provisioning.requests.services.emails",
    "provisioning.requests.services.ticket_emails",
)


class ProvisioningConfig(AppConfig):
    """See docs/architecture.md for what lives here."""

    name = "provisioning"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register kinds of e-mail, now that there are models."""
        for module in _KINDS_OF_EMAIL:
            import_module(module)
