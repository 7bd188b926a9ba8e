"""Neighbours that fail, for the process of the tests."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from kombu.transport import TRANSPORT_ALIASES

from portal.celery import app
from portal.operations.publishing import publisher
from tests.test_outages.neighbours import RedisServer, silence


@pytest.fixture
def redis_server(tmp_path: Path) -> Iterator[RedisServer]:
    server = RedisServer(tmp_path).start()
    yield server
    server.kill()


@pytest.fixture
def silent() -> Iterator[str]:
    with silence() as url:
        yield url


@pytest.fixture
def broker_at(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Lets this process publish to another broker until the test ends."""
    monkeypatch.setitem(TRANSPORT_ALIASES, "redis", "portal.operations.broker:RedisTransport")
    publisher.drained(10)
    monkeypatch.setattr(publisher, "_paused_until", 0.0)

    # Celery keeps what it once read of its settings, which are read-only to type checkers.
    celery: Any = app

    def reset(url: str, write_url: str | None, options: dict[str, Any]) -> None:
        celery.conf.update(
            broker_url=url, broker_write_url=write_url, broker_transport_options=options
        )
        celery.amqp._producer_pool = celery._pool = None

    before = celery.conf.broker_url, None, celery.conf.broker_transport_options
    yield lambda url: reset(url, url, {"socket_timeout": 1, "socket_connect_timeout": 1})
    publisher.drained(10)
    reset(*before)


@pytest.fixture
def cache_at(settings: Any) -> Callable[[str], None]:
    """Puts the cache into another Redis until the test ends."""

    def move(url: str) -> None:
        settings.CACHES = {
            "default": {"BACKEND": "portal.operations.cache.ResilientRedisCache", "LOCATION": url}
        }

    return move
