"""Pages about Google connections."""
