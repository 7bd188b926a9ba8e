"""Organisations that take their data along and are erased."""
