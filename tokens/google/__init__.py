"""The only code of this room that speaks to Google: the token endpoint and its neighbours."""
