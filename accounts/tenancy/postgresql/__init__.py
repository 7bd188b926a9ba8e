"""Django's PostgreSQL, with the tenant carried by every statement (docs/adr/0008)."""
