"""A database of their own for the processes that a test starts."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql


@contextmanager
def scratch_database(url: str) -> Iterator[str | None]:
    """A new, empty database beside that of `url`, dropped afterwards.

    None when `url` is not PostgreSQL's: then the demo makes itself an SQLite file.
    """
    if not url.startswith("postgres"):
        yield None
        return
    name = f"portal_scratch_{secrets.token_hex(4)}"
    with psycopg.connect(url, autocommit=True) as server:
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield urlunsplit(urlsplit(url)._replace(path=f"/{name}"))
        finally:
            drop = sql.SQL("DROP DATABASE {} WITH (FORCE)")
            server.execute(drop.format(sql.Identifier(name)))
