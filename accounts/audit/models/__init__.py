"""The audit record and the chain over it."""
