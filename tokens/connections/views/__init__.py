"""Leaving for Google's consent page, coming back, reconnect links."""
