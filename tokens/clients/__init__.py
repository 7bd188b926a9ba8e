"""OAuth clients: the portal's own, and those that tenants bring."""
