"""The page of a tenant's credentials, and what is done to them."""
