"""An installed app: comes back to any port of the browser's machine, and to nothing else."""

from __future__ import annotations

import pytest

from tests.emulator.person import Person
from tests.test_emulator.product import CALLBACK, TERMINAL, Product

ID = TERMINAL["client_id"]


@pytest.mark.parametrize(
    "uri",
    [
        "http://127.0.0.1:49152/",
        "http://127.0.0.1:8765/any/path",
        "http://[::1]:61023/",
        "http://localhost:1",
        "http://127.0.0.1",
    ],
)
def test_it_comes_back_to_any_port_of_the_machine(product: Product, ada: Person, uri: str) -> None:
    back = ada.consent(product.authorize_url(client_id=ID, redirect_uri=uri))
    assert back.startswith(f"{uri}?")
    body = product.exchange(back, redirect_uri=uri, **TERMINAL).json()
    assert body["refresh_token"].startswith("1//emu-")


@pytest.mark.parametrize(
    "uri",
    [
        "https://127.0.0.1:49152/",
        "http://127.0.0.2:49152/",
        "http://127.0.0.1.example:49152/",
        "http://somebody@127.0.0.1:49152/",
        "http://127.0.0.1:49152/#here",
        "http://127.0.0.1:0/",
        "http://127.0.0.1:99999/",
        "http://127.0.0.1:port/",
        CALLBACK.replace("127.0.0.1", "portal.example"),
    ],
)
def test_it_comes_back_to_nothing_else(product: Product, ada: Person, uri: str) -> None:
    page = ada.visit(product.authorize_url(client_id=ID, redirect_uri=uri))
    assert (page.status, page.location) == (400, None)
    assert "redirect_uri_mismatch" in page.html


def test_a_web_client_does_not_come_back_to_any_port(product: Product, ada: Person) -> None:
    page = ada.visit(product.authorize_url(redirect_uri="http://127.0.0.1:49152/"))
    assert (page.status, page.location) == (400, None)


def test_the_exchange_names_the_very_port(product: Product, ada: Person) -> None:
    uri = "http://127.0.0.1:49152/"
    back = ada.consent(product.authorize_url(client_id=ID, redirect_uri=uri))
    other = uri.replace("49152", "49153")
    answer = product.exchange(back, redirect_uri=other, **TERMINAL)
    assert (answer.status_code, answer.json()["error"]) == (400, "redirect_uri_mismatch")


def test_it_gets_no_ticket_for_an_address_that_it_cannot_register(
    product: Product, ada: Person
) -> None:
    uri = "http://127.0.0.1:49152/"
    back = ada.consent(product.authorize_url(client_id=ID, redirect_uri=uri))
    body = product.exchange(back, redirect_uri=uri, **TERMINAL).json()
    assert product.ticket(body["access_token"]).status_code == 400
