"""The rules, each of which looks at facts and may name a cause."""
