"""Registers the app `provisioning` with Django."""

from django.apps import AppConfig


class ProvisioningConfig(AppConfig):
    """See docs/architecture.md for what lives here."""

    name = "provisioning"
    default_auto_field = "django.db.models.BigAutoField"
