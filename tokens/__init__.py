"""Google's keys: get, keep, refresh, rotate, diagnose."""
