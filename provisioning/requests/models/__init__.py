"""Requests, attempts, tickets, outcomes, results and history."""
