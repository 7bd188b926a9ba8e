"""Health: alive is not ready, and what is missing is named."""

from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from portal.operations.heartbeat import beat

pytestmark = pytest.mark.django_db


def test_a_living_process_says_so() -> None:
    assert Client().get("/healthz").json() == {"ok": True}


def test_without_a_worker_the_portal_is_not_ready() -> None:
    cache.clear()
    answer = Client().get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["checks"] == {
        "database": True,
        "migrations": True,
        "broker": True,
        "worker": False,
    }


def test_metrics_are_for_whoever_carries_the_token(settings: Any) -> None:
    assert Client().get("/metrics").status_code == 404
    settings.METRICS_TOKEN = "canary-metrics-token"
    assert Client().get("/metrics").status_code == 404
    wrong = Client().get("/metrics", headers={"Authorization": "Bearer nonsense"})
    assert wrong.status_code == 404
    right = Client().get("/metrics", headers={"Authorization": "Bearer canary-metrics-token"})
    assert b"django_http_requests_total" in right.content


def test_with_a_worker_it_is() -> None:
    beat()
    assert Client().get("/readyz").status_code == 200
