"""The only code of this room that speaks to Google: the Analytics Admin API."""
