"""Pages about signing in, second steps and sessions."""
