"""The page of a tenant's credentials."""
