"""Connections made, refreshed, used, checked and ended."""
