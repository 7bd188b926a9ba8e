"""Tickets, terms, outcomes, and what is set up after."""
