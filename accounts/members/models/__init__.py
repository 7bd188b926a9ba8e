"""Memberships, invitations, and e-mails about them."""
