"""Service accounts that tenants give the portal, and the rotation of their keys."""
