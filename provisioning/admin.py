"""What staff see of requests; Django looks for it here."""

from provisioning.requests import admin

__all__ = ["admin"]
