"""Files that people upload: read with limits, never echoed."""
