"""What of Google only connections need."""
