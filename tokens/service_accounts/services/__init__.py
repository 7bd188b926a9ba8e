"""Service accounts kept, checked and rotated."""
