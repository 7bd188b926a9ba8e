"""Token buckets that all workers share."""
