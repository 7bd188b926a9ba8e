"""Closing a person's account; deleting an organisation."""
