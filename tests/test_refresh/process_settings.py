"""Settings of a process that works on a running test's database and Google."""

import os

from tests.postgresql.creation import ROLE
from tests.settings import *  # noqa: F403  # the same, but for where things are

_google = os.environ["PROCESS_GOOGLE"]
GOOGLE_AUTHORIZE_URL = f"{_google}/o/oauth2/v2/auth"
GOOGLE_TOKEN_URL = f"{_google}/token"
GOOGLE_CERTS_URL = f"{_google}/oauth2/v3/certs"
GOOGLE_IAM_API_URL = f"{_google}/"
GOOGLE_ADMIN_API_URL = f"{_google}/"
GOOGLE_V3_API_URL = f"{_google}/analytics/v3/"
DATABASES["default"]["NAME"] = os.environ["PROCESS_DATABASE"]  # noqa: F405  # from tests.settings
if DATABASES["default"]["ENGINE"] == "tests.postgresql":  # noqa: F405  # likewise
    DATABASES["default"].setdefault("OPTIONS", {})["assume_role"] = ROLE  # noqa: F405  # likewise
if "PROCESS_RING" in os.environ:
    FIELD_ENCRYPTION_KEY = os.environ["PROCESS_RING"].split(",")
