"""Addresses of pages about people and organisations."""

from django.urls import path

from accounts.authentication.views import codes, sessions
from accounts.members.views import email_preferences, invitations, members, settings, sign_up
from accounts.members.views.tenants import tenant_new
from accounts.offboarding import views as offboarding

urlpatterns = [
    # In the place of allauth's pages.
    path("accounts/login/", sign_up.sign_in, name="account_login"),
    path("accounts/login/code/", sign_up.ask_for_code, name="account_request_login_code"),
    path("accounts/signup/", sign_up.sign_up, name="account_signup"),
    path("accounts/signup/passkey/", sign_up.sign_up_by_passkey, name="account_signup_by_passkey"),
    path("accounts/sessions/", sessions.browsers, name="usersessions_list"),
    path("accounts/confirm-email/", codes.address_code, name="account_email_verification_sent"),
    path("accounts/login/code/confirm/", codes.sign_in_code, name="account_confirm_login_code"),
    path("t/new/", tenant_new, name="tenant-new"),
    path("t/<slug:slug>/settings/", settings.tenant_settings, name="tenant-settings"),
    path("t/<slug:slug>/members/", members.members, name="members"),
    path("t/<slug:slug>/members/leave/", members.member_leave, name="member-leave"),
    path("t/<slug:slug>/members/<uuid:pk>/role/", members.member_role, name="member-role"),
    path("t/<slug:slug>/members/<uuid:pk>/remove/", members.member_remove, name="member-remove"),
    path(
        "t/<slug:slug>/members/<uuid:pk>/transfer/",
        members.member_transfer,
        name="member-transfer",
    ),
    path("t/<slug:slug>/members/invite/", invitations.members_invite, name="members-invite"),
    path(
        "t/<slug:slug>/invitations/<uuid:pk>/send/",
        invitations.invitation_resend,
        name="invitation-send",
    ),
    path(
        "t/<slug:slug>/invitations/<uuid:pk>/link/",
        invitations.invitation_link,
        name="invitation-link",
    ),
    path(
        "t/<slug:slug>/invitations/<uuid:pk>/revoke/",
        invitations.invitation_revoke,
        name="invitation-revoke",
    ),
    path("invitations/<uuid:tenant_id>/<str:token>/", invitations.invitation, name="invitation"),
    path(
        "invitations/<uuid:tenant_id>/<str:token>/accept/",
        invitations.invitation_accept,
        name="invitation-accept",
    ),
    path("you/mails/", email_preferences.own_mails, name="own-mails"),
    path("mails/stop/<str:token>/", email_preferences.mails_stop, name="mails-stop"),
    path("you/data/", offboarding.own_data, name="own-data"),
    path("you/data/export/", offboarding.own_data_export, name="own-data-export"),
    path("you/close/", offboarding.own_account_close, name="own-account-close"),
]
