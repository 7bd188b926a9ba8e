"""Keys made, rotated, retired and destroyed; secrets checked."""
