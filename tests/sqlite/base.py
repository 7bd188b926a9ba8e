"""Django's engine with databases that are copied."""

from django.db.backends.sqlite3 import base

from tests.sqlite.creation import DatabaseCreation


class DatabaseWrapper(base.DatabaseWrapper):
    """Makes databases of the tests as `tests.sqlite.creation` says."""

    creation_class = DatabaseCreation
