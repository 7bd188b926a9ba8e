"""The record of what was said to Google."""
