"""Closing accounts, deleting organisations, erasing their rows."""
