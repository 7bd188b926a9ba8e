"""Faults of the token endpoint that say nothing about the grant."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from tests.test_emulator.product import Product


def ask(product: Product, scenario: str) -> requests.Response:
    return product.post_token(scenario, grant_type="refresh_token", refresh_token="1//emu-x")


@pytest.mark.parametrize(("name", "status"), [("token-503-html", 503), ("token-502-html", 502)])
def test_front_end_errors_are_html(product: Product, name: str, status: int) -> None:
    answer = ask(product, name)
    assert answer.status_code == status
    assert answer.headers["Content-Type"].startswith("text/html")


def test_a_rate_limit_says_when_to_come_back(product: Product) -> None:
    assert ask(product, "token-429?retry_after=7").headers["Retry-After"] == "7"


def test_an_answer_may_be_no_json(product: Product) -> None:
    answer = ask(product, "token-200-notjson")
    assert answer.status_code == 200
    with pytest.raises(requests.JSONDecodeError):
        answer.json()


@pytest.mark.parametrize("name", ["token-timeout?seconds=0.05", "connection-reset"])
def test_the_connection_may_just_end(product: Product, name: str) -> None:
    with pytest.raises(requests.ConnectionError):
        ask(product, name)


def test_html_may_come_from_any_path(product: Product) -> None:
    assert ask(product, "html-502").status_code == 502


def test_latency_delays_every_call_by_itself_only(product: Product) -> None:
    product.scenario("latency", params={"ms": 150})
    started = time.monotonic()
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: ask(product, ""), range(4)))
    assert 0.15 <= time.monotonic() - started < 0.6


def test_a_fault_that_is_named_once_happens_once(product: Product) -> None:
    product.scenario("token-500-once")
    assert [ask(product, "").status_code for _ in range(2)] == [500, 400]


def test_a_fault_for_n_times_happens_n_times(product: Product) -> None:
    product.scenario("token-503-html", times=2)
    assert [ask(product, "").status_code for _ in range(3)] == [503, 503, 400]
