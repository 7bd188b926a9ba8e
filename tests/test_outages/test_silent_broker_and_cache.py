"""A broker and a cache that take connections and say nothing cost a page nothing."""

import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import redis
from django.core.cache import cache
from django.test import Client

from portal.operations import readiness
from portal.operations.publishing import Publisher, publisher
from portal.operations.readiness import Check, answers
from portal.operations.tasks import heartbeat
from tests.cast import Cast, signed_in

# Seconds: far above what these take, far below what a silent neighbour would cost.
NOT_HUNG = 5.0


@pytest.fixture
def all_silent(
    silent: str, broker_at: Callable[[str], None], cache_at: Callable[[str], None]
) -> None:
    broker_at(silent)
    cache_at(silent)


@pytest.mark.usefixtures("all_silent")
@pytest.mark.django_db
def test_a_person_signs_in_and_home_opens(cast: Cast) -> None:
    begun = time.monotonic()
    answer = Client().post(
        "/accounts/login/", {"login": cast.owner.email, "password": "canary-password"}
    )
    assert answer.status_code in (200, 302)
    assert signed_in(cast.owner).get(f"/t/{cast.tenant.slug}/").status_code == 200
    assert time.monotonic() - begun < NOT_HUNG


@pytest.mark.usefixtures("all_silent")
def test_publishing_comes_back_at_once_and_more_so_after_the_first_failure() -> None:
    begun = time.monotonic()
    for _ in range(3000):
        heartbeat.delay()
    assert time.monotonic() - begun < NOT_HUNG
    assert publisher.drained(20)
    assert publisher.publish(lambda: None) is False  # the sweep does it, for a while


def test_what_is_published_while_the_broker_answers_arrives(
    redis_server: Any, broker_at: Callable[[str], None]
) -> None:
    broker_at(redis_server.url)
    for _ in range(50):
        heartbeat.delay()
    assert publisher.drained(20)
    with redis.Redis.from_url(redis_server.url) as client:
        assert client.llen("celery") == 50


def test_a_failure_drops_what_waits_and_the_thread_lives_on() -> None:
    own, gate, sent = Publisher(), threading.Event(), []

    def fail() -> None:
        gate.wait(10)
        raise OSError("canary-broker-password")

    assert own.publish(fail)
    assert own.publish(lambda: sent.append("after the failure"))
    gate.set()
    assert own.drained(10)
    assert not sent
    own._paused_until = 0.0
    assert own.publish(lambda: sent.append("later"))
    assert own.drained(10)
    assert sent == ["later"]


def test_a_process_that_was_forked_publishes_by_a_thread_of_its_own() -> None:
    publisher = Publisher()
    publisher.publish(lambda: None)
    assert publisher.drained(5)
    end, beginning = os.pipe()
    child = os.fork()
    if not child:
        try:
            publisher.publish(lambda: os.write(beginning, b"arrived"))
            publisher.drained(5)
        finally:
            os._exit(0)
    os.close(beginning)
    os.waitpid(child, 0)
    assert os.read(end, 10) == b"arrived"
    os.close(end)


def test_a_full_queue_drops_and_does_not_wait() -> None:
    own, gate = Publisher(), threading.Event()
    taken = [own.publish(gate.wait) for _ in range(2500)]
    assert taken.count(False) > 400
    gate.set()
    assert own.drained(10)


def test_twenty_who_ask_a_silent_neighbour_wait_for_a_second_together() -> None:
    gate = threading.Event()
    checks = {"broker": Check("broker", lambda: gate.wait(60)), "other": Check("o", lambda: True)}
    begun = time.monotonic()
    with ThreadPoolExecutor(20) as people:
        found = list(people.map(lambda _: answers(checks), range(20)))
    assert all(one == {"broker": False, "other": True} for one in found)
    for _ in range(100):
        assert answers(checks)["broker"] is False
    assert time.monotonic() - begun < NOT_HUNG
    assert threading.active_count() < 40
    gate.set()
    checks["broker"]._ended.wait(10)
    assert answers(checks)["broker"] is True


@pytest.mark.usefixtures("all_silent")
@pytest.mark.django_db(transaction=True)
def test_readiness_says_which_neighbour_is_silent() -> None:
    answer = Client().get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["checks"]["broker"] is False
    assert answer.json()["checks"]["database"] is True
    readiness.CHECKS["broker"]._ended.wait(20)


@pytest.mark.usefixtures("all_silent")
def test_limits_still_count_in_this_process() -> None:
    cache.set("limit", 1)
    assert [cache.incr("limit") for _ in range(3)] == [2, 3, 4]
    assert cache.get("limit") == 4
