"""What others do, so that it can be measured beside what the portal does."""
