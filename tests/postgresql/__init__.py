"""The product's PostgreSQL engine, as the tests use it: fenced, under a role that owns nothing."""
