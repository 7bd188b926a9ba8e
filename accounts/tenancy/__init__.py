"""Tenants, and that no row is read without one in scope."""
