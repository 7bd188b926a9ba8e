"""OAuth clients, their secrets, and e-mails about them."""
