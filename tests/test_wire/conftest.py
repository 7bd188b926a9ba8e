"""What tests of the wire take from those of the credentials."""

from tests.test_credentials.conftest import desk

__all__ = ["desk"]
