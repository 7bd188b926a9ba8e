"""Pages about an organisation and its members."""
