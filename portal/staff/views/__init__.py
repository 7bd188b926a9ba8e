"""Staff pages beside Django admin's own."""
