"""Django's PostgreSQL, with the tenant's fence carried by every statement (docs/adr/0008)."""
