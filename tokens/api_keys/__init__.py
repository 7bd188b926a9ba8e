"""API keys of tenants' own Cloud projects."""
