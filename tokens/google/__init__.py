"""The only code of this app that speaks to Google: the token endpoint and its neighbours."""
