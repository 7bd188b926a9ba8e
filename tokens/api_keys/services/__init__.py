"""API keys kept and checked, and which one goes along with a call."""
