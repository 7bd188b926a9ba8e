"""The main job: from a wish to a verified account."""
