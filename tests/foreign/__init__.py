"""The portal against OAuth servers that nobody here wrote, by configuration alone.

Not a part of `make test`: npm brings the servers (`make test-foreign`).
"""
