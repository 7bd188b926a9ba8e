"""The audit log as people read it: found by filters, told in words, taken away as a file."""
