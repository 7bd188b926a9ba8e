"""Which client is used; its secrets tried, kept, checked, rotated."""
