"""What people type and what is stored of it: one rule each for text, addresses, zones."""
