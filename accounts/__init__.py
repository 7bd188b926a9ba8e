"""Who may act, for which tenant, and what was done."""
