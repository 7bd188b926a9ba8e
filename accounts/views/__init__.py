"""Pages about people and tenants, and the door that every tenant page goes through."""
