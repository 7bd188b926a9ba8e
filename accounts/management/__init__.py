"""Commands about people, tenants and the record."""
