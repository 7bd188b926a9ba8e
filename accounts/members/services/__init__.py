"""What is done to organisations and their members."""
