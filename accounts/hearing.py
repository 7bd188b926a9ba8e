"""Found when the portal starts: what allauth tells that the portal must know."""

from allauth.mfa.signals import authenticator_added

from accounts.views.second_step import set_up

authenticator_added.connect(set_up)
