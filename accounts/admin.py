"""What staff see of people and organisations; Django looks for it here."""

from accounts.staff import admin

__all__ = ["admin"]
