"""Settings of a process beside tests and benchmarks: production's, and the role of the tests."""

from portal.settings import *  # noqa: F403  # the same, but for the role
from tests.postgresql.creation import ROLE

if DATABASES["default"]["ENGINE"] == "accounts.tenancy.postgresql":  # noqa: F405  # from portal.settings
    DATABASES["default"].setdefault("OPTIONS", {})["assume_role"] = ROLE  # noqa: F405  # likewise
