"""Sessions, and the record of how ways to sign in change."""
