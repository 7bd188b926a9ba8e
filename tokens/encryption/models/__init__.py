"""Keys, and how far their rotations are."""
