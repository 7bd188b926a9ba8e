"""Everything that changes a request."""
