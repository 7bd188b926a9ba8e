"""Settings of the tests: real ones, pointed at a local Google on a free port.

The socket is bound here, because some libraries read Google's addresses when
they are imported; the emulator serves on this very socket later.
"""

import os
import tempfile
from pathlib import Path

from tests.emulator.thread import listening_socket

EMULATOR_SOCKET = listening_socket()
_google = f"http://127.0.0.1:{EMULATOR_SOCKET.getsockname()[1]}"
_scratch = Path(tempfile.mkdtemp(prefix="portal-tests-"))

os.environ.update(
    {
        "PORTAL_ENV_FILE": str(_scratch / "none"),
        "DEBUG": "false",
        "SECRET_KEY": "canary-secret-key-for-tests-only-0123456789-abcdefghijklmnop",
        "FIELD_ENCRYPTION_KEY": "4QD7zgCMBOxAY3rwr5H7LwWu7cI_hWotPAsVgGJddV4=",
        "BASE_URL": "http://testserver",
        "ALLOWED_HOSTS": "testserver,localhost,127.0.0.1",
        "STATIC_MANIFEST": "false",
        "CACHE_URL": "locmemcache://",
        "BROKER_URL": "memory://",
        "LOG_LEVEL": "WARNING",
        "SQLITE_SYNCHRONOUS": "OFF",
        "ACCOUNT_RATE_LIMITS_ENABLED": "false",
        "GOOGLE_ALLOW_OTHER_HOSTS": "true",
        "GOOGLE_AUTHORIZE_URL": f"{_google}/o/oauth2/v2/auth",
        "GOOGLE_TOKEN_URL": f"{_google}/token",
        "GOOGLE_REVOKE_URL": f"{_google}/revoke",
        "GOOGLE_CERTS_URL": f"{_google}/oauth2/v3/certs",
        "GOOGLE_USERINFO_URL": f"{_google}/oauth2/v2/userinfo",
        "GOOGLE_ADMIN_API_URL": f"{_google}/",
        "GOOGLE_API_KEY_CHECK_URL": f"{_google}/$discovery/rest?version=v1beta",
        "GOOGLE_IAM_API_URL": f"{_google}/",
        "GOOGLE_TOS_URL": (
            f"{_google}/analytics/web/?provisioningSignup=false#/termsofservice/{{ticket}}"
        ),
        "GOOGLE_V3_API_URL": f"{_google}/analytics/v3/",
        "GOOGLE_TOS_V3_URL": (
            f"{_google}/analytics/web/?provisioningSignup=false"
            "#management/TermsOfService//?api.accountTicketId={ticket}"
        ),
        "GOOGLE_ANALYTICS_WEB_URL": f"{_google}/analytics/web/",
        "GOOGLE_TIMEOUT": "5",
        "GOOGLE_USER_WRITES_A_MINUTE": "100000",
        "GOOGLE_V3_USER_CALLS_A_SECOND": "10000",
        "GOOGLE_USER_CALLS_A_MINUTE": "100000",
        "GOOGLE_PROJECT_CALLS_A_MINUTE": "100000",
        "GOOGLE_PROJECT_WRITES_A_MINUTE": "100000",
        "GOOGLE_CLIENT_ID": "portal.apps.googleusercontent.com",
        "GOOGLE_CLIENT_SECRET": "GOCSPX-emu-portal",
        "GOOGLE_SIGNIN_CLIENT_ID": "signin.apps.googleusercontent.com",
        "GOOGLE_SIGNIN_CLIENT_SECRET": "GOCSPX-emu-signin",
    }
)
os.environ.setdefault("GOOGLE_REFRESH_RATE", "10000")
os.environ.setdefault("DATABASE_URL", f"sqlite:///{_scratch / 'portal.sqlite3'}")

from portal.settings import *  # noqa: E402, F403  # only after the environment is complete

GOOGLE_SEED = {
    "clients": [
        {
            "client_id": "portal.apps.googleusercontent.com",
            "client_secret": "GOCSPX-emu-portal",
            "redirect_uris": [
                "http://testserver/google/callback/",
                "http://testserver/google/terms/",
            ],
            "project": "portal-project",
            "mode": "production",
            "name": "Analytics Portal",
        },
        {
            "client_id": "signin.apps.googleusercontent.com",
            "client_secret": "GOCSPX-emu-signin",
            "redirect_uris": ["http://testserver/accounts/google/login/callback/"],
            "project": "portal-project",
            "mode": "production",
            "name": "Analytics Portal sign-in",
        },
    ]
}

if DATABASES["default"]["ENGINE"].endswith("sqlite3"):  # noqa: F405  # from portal.settings
    # A file, as in the demo: SQLite in memory locks whole tables between threads.
    DATABASES["default"]["TEST"] = {"NAME": str(_scratch / "test.sqlite3")}  # noqa: F405  # likewise
    DATABASES["default"]["ENGINE"] = "tests.sqlite"  # noqa: F405  # likewise

if DATABASES["default"]["ENGINE"] == "accounts.tenancy.postgresql":  # noqa: F405  # likewise
    DATABASES["default"]["ENGINE"] = "tests.postgresql"  # noqa: F405  # likewise

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"

# A query that a page, or one drive of a request (`tests/journeys.py`), repeats for each row of a
# list is an error.
INSTALLED_APPS = [*INSTALLED_APPS, "zeal"]  # noqa: F405  # likewise
MIDDLEWARE = ["zeal.middleware.zeal_middleware", *MIDDLEWARE]  # noqa: F405  # likewise
ZEAL_ALLOWLIST = [
    # allauth asks anew for the one address of the one person who signs in.
    {"model": "account.EmailAddress", "field": "get()"},
    # Signing in replaces the session, each time by reading the one row there is.
    {"model": "sessions.Session", "field": "get()"},
]

# Static files are looked for when they are asked for: otherwise every browser of the tests, and
# many have three, first makes a list of all of them.
WHITENOISE_AUTOREFRESH = True
