"""Found when the portal starts: what allauth tells that the portal must know."""

from allauth.account import signals as account
from allauth.mfa import signals as mfa
from allauth.socialaccount import signals as google
from allauth.usersessions.signals import on_user_logged_in

from accounts.authentication.services import auditing, sessions
from accounts.authentication.views.second_step import set_up

account.user_logged_in.disconnect(on_user_logged_in)
account.user_logged_in.connect(sessions.browser_signed_in)
account.login_code_rejected.connect(auditing.code_refused)
mfa.authentication_failed.connect(auditing.second_step_refused)
mfa.authenticator_added.connect(set_up)
mfa.authenticator_added.connect(auditing.second_step_added)
mfa.authenticator_removed.connect(auditing.second_step_removed)
mfa.authenticator_reset.connect(auditing.second_step_renewed)
account.password_set.connect(auditing.password_changed)
account.password_changed.connect(auditing.password_changed)
account.password_reset.connect(auditing.password_changed)
account.email_changed.connect(auditing.address_changed)
account.email_removed.connect(auditing.address_removed)
google.social_account_added.connect(auditing.google_added)
google.social_account_removed.connect(auditing.google_removed)
