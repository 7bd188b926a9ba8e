"""How people sign up and sign in (django-allauth)."""

from typing import Any

from portal.settings.env import env
from portal.settings.google import (
    GOOGLE_AUTHORIZE_URL,
    GOOGLE_CERTS_URL,
    GOOGLE_ISSUER,
    GOOGLE_SIGNIN_CLIENT_ID,
    GOOGLE_SIGNIN_CLIENT_SECRET,
    GOOGLE_TOKEN_URL,
    GOOGLE_USERINFO_URL,
)
from portal.settings.security import TRUSTED_PROXY_COUNT

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_LOGOUT_REDIRECT_URL = "/"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

ACCOUNT_ADAPTER = "accounts.authentication.adapters.AccountAdapter"
ACCOUNT_FORMS = {
    "add_email": "accounts.authentication.forms.NewAddressForm",
    "change_email": "accounts.authentication.forms.ChangedAddressForm",
    "confirm_login_code": "accounts.authentication.forms.OneUseCodeForm",
    "login": "accounts.authentication.forms.SignInForm",
    "request_login_code": "accounts.authentication.forms.CodeRequestForm",
    "reset_password": "accounts.authentication.forms.ForgottenPasswordForm",
    "signup": "accounts.authentication.forms.SignUpForm",
}
SOCIALACCOUNT_FORMS = {"signup": "accounts.authentication.forms.GoogleSignUpForm"}
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = True
ACCOUNT_PASSWORD_RESET_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_SUPPORTS_RESEND = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
# allauth's limits of a minute, and how many mails an address may get, or a person or a place may
# cause, in a day.
_LIMITS = {
    "signup": "20/m/ip,200/d/ip",
    "confirm_email": "1/10s/key,30/d/key",
    "request_login_code": "20/m/ip,3/m/key,50/d/key",
    "reset_password": "20/m/ip,5/m/key,30/d/key",
    "manage_email": "10/m/user,50/d/user",
}
ACCOUNT_RATE_LIMITS: dict[str, str] | bool = (
    _LIMITS if env.bool("ACCOUNT_RATE_LIMITS_ENABLED", default=True) else False
)
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXY_COUNT

MFA_ADAPTER = "portal.authentication.second_steps.MFAAdapter"
MFA_FORMS = {
    "add_webauthn": "accounts.authentication.forms.NewPasskeyForm",
    "authenticate_webauthn": "accounts.authentication.forms.SecondPasskeyForm",
    "authenticate": "portal.authentication.second_steps.CodeForm",
    "edit_webauthn": "accounts.authentication.forms.RenamedPasskeyForm",
    "login_webauthn": "accounts.authentication.forms.PasskeyForm",
    "reauthenticate_webauthn": "accounts.authentication.forms.PasskeyAgainForm",
    "reauthenticate": "portal.authentication.second_steps.CodeAgainForm",
    "signup_webauthn": "accounts.authentication.forms.FirstPasskeyForm",
}
MFA_SUPPORTED_TYPES = ["webauthn", "totp", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_PASSKEY_SIGNUP_ENABLED = True
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_TOTP_ISSUER = "Analytics Provisioning Portal"
# Clocks of telephones are a little off: one period before and after counts too.
MFA_TOTP_TOLERANCE = 1
# As many as with passwords (30): each asks once, which the page does for whoever turns to
# its first field, and answers once. Nothing about a passkey can be guessed.
MFA_RATE_LIMITS: dict[str, str] | bool = (
    ACCOUNT_RATE_LIMITS if ACCOUNT_RATE_LIMITS is False else {"webauthn_login": "60/m/ip"}
)
# Staff pages open with a second step only. Off is for a demo or development: a check says so.
STAFF_SECOND_STEP: bool = env.bool("STAFF_SECOND_STEP", default=True)

SOCIALACCOUNT_ADAPTER = "accounts.authentication.adapters.SocialAccountAdapter"
SOCIALACCOUNT_STORE_TOKENS = False
SOCIALACCOUNT_LOGIN_ON_GET = False
# Never merge by address: a Google sign-in joins a user only when that user asked for it.
SOCIALACCOUNT_EMAIL_AUTHENTICATION = False
_google_apps: list[dict[str, Any]] = (
    [
        {
            "client_id": GOOGLE_SIGNIN_CLIENT_ID,
            "secret": GOOGLE_SIGNIN_CLIENT_SECRET,
            "key": "",
        }
    ]
    if GOOGLE_SIGNIN_CLIENT_ID
    else []
)
SOCIALACCOUNT_PROVIDERS = {
    "google": {
        "APPS": _google_apps,
        "SCOPE": ["openid", "email", "profile"],
        "AUTH_PARAMS": {"access_type": "online"},
        "OAUTH_PKCE_ENABLED": True,
        "AUTHORIZE_URL": GOOGLE_AUTHORIZE_URL,
        "ACCESS_TOKEN_URL": GOOGLE_TOKEN_URL,
        "IDENTITY_URL": GOOGLE_USERINFO_URL,
        "CERTS_URL": GOOGLE_CERTS_URL.replace("/v3/", "/v1/"),
        "ID_TOKEN_ISSUER": GOOGLE_ISSUER,
    }
}
