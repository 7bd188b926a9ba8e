"""The tests, and what they need: a cast, a local Google, a browser, databases."""
