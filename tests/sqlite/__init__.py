"""Django's SQLite engine, as the tests use it: migrated once and copied after that."""
