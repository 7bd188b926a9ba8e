"""The request inspector: pages about the record of exchanges."""
