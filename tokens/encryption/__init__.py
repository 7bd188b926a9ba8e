"""Secrets at rest: the key ring, data keys, sealed fields, rotation, restore hold."""
