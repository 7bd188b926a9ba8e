"""Where tests of the wire begin: as those of requests do, and those of credentials."""

from tests.test_create.conftest import connection
from tests.test_credentials.conftest import desk

__all__ = ["connection", "desk"]
