"""The refresh worker: lease, ask Google, write results."""
