"""Using an account that exists already."""
