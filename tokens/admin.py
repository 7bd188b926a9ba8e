"""What staff see of every subject; Django looks for it here."""

from tokens.clients import admin as clients
from tokens.connections import admin as connections
from tokens.credentials import admin as credentials
from tokens.encryption import admin as encryption
from tokens.inspector import admin as inspector
from tokens.rate_limits import admin as rate_limits

__all__ = ["clients", "connections", "credentials", "encryption", "inspector", "rate_limits"]
