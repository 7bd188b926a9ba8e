"""The proof of a deletion, and e-mails about it."""
