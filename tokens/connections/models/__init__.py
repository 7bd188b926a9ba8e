"""Connections, OAuth flows, the ledger of refresh tokens, links, revocations."""
