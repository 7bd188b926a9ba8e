"""The chain over the audit record."""
