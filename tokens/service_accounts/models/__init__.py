"""Service accounts, their keys and rotations, and e-mails about them."""
