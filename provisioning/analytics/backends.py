"""Which of Google's APIs a request speaks."""

from django.db import models


class Backend(models.TextChoices):
    """Which of Google's APIs a request is made through."""

    GA4 = "ga4", "Google Analytics 4 (Admin API)"
    V3 = "v3", "Universal Analytics (legacy Provisioning API)"
