"""Waiting for Google's quotas instead of running into them."""
