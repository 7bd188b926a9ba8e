"""Checks that stop a start or a deployment, each with a sentence that says what to do."""
