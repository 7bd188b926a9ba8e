"""Work that is due: when it is tried again."""
