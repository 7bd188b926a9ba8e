"""Why a connection or service account does not work, and what to do."""
