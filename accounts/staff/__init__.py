"""What the portal's staff look at and do."""
