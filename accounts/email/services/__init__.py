"""How e-mails are written, queued, limited, sent and forgotten."""
