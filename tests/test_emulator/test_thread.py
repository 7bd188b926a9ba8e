"""The emulator inside a test process."""

from __future__ import annotations

import threading
import time

import pytest
import requests

from tests.emulator.person import Person, PersonBlocked
from tests.emulator.seed import Seed
from tests.emulator.thread import EmulatorThread, listening_socket
from tests.test_emulator.product import SEED, TIMEOUT, Product, answer_of


def test_it_serves_on_a_socket_that_is_bound_already() -> None:
    sock = listening_socket()
    port = sock.getsockname()[1]
    with EmulatorThread(sock, Seed.from_dict(SEED)) as emulator:
        assert emulator.base_url == f"http://127.0.0.1:{port}"
        answer = requests.get(f"{emulator.base_url}/healthz", timeout=TIMEOUT)
        assert answer.json() == {"ok": True}
    with pytest.raises(requests.ConnectionError):
        requests.get(f"{emulator.base_url}/healthz", timeout=TIMEOUT)
    emulator.stop()


def test_work_can_be_done_on_its_own_thread(emulator: EmulatorThread) -> None:
    name = emulator.call(lambda world: (threading.current_thread().name, len(world.state.users)))
    assert name == ("emulator", 3)


def test_reset_takes_another_seed_and_keeps_the_keys(emulator: EmulatorThread) -> None:
    kid = emulator.state.signing_keys[0].kid
    emulator.reset({"users": [{"email": "only@gmail.example"}]})
    assert [user.email for user in emulator.state.users.values()] == ["only@gmail.example"]
    assert emulator.state.signing_keys[0].kid == kid


def test_a_silent_answer_does_not_hold_up_the_end() -> None:
    with EmulatorThread(seed=SEED) as emulator:
        product = Product(emulator.base_url)
        product.scenario("token-timeout", times=1)
        client = threading.Thread(target=ask_in_vain, args=(product,))
        client.start()
        wait_until_asked(emulator)
        started = time.monotonic()
    client.join()
    assert time.monotonic() - started < 1


def ask_in_vain(product: Product) -> None:
    with pytest.raises(requests.ConnectionError):
        product.post_token(grant_type="refresh_token", refresh_token="1//emu-x")


def wait_until_asked(emulator: EmulatorThread) -> None:
    pause = threading.Event()
    while emulator.state.scenarios:
        pause.wait(0.01)


def test_a_person_can_bring_a_scenario_along(product: Product) -> None:
    shy = Person(product.base_url, "ada@gmail.example", scenario="deny")
    assert answer_of(shy.consent(product.authorize_url()))["error"] == "access_denied"


def test_a_person_says_which_page_is_in_the_way(product: Product) -> None:
    with pytest.raises(PersonBlocked, match="401 Access blocked"):
        Person(product.base_url, "ada@gmail.example").consent(product.authorize_url(client_id="x"))


def test_a_person_opens_web_addresses_only(product: Product) -> None:
    with pytest.raises(ValueError, match="web addresses"):
        Person(product.base_url, "ada@gmail.example").visit("file:///etc/hostname")
