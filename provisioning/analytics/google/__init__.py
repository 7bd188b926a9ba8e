"""The APIs through which accounts are made and read."""
