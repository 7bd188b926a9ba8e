"""Google Analytics' APIs: backends, quotas, what they list."""
