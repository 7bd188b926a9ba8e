"""Google accounts that tenants have connected: OAuth flow, refresh, revocation."""
