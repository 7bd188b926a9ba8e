"""Pages about provisioning requests."""
