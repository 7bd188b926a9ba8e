"""The staff site: front page, search, the portal's own client, e-mails with sample data."""
