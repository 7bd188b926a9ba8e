"""Which ports a demo gets."""

import socket
from collections.abc import Iterator

import pytest

from portal.demo.errors import DemoError
from portal.demo.ports import HOST, any_free, choose, is_free


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that something listens on."""
    with socket.socket() as server:
        server.bind((HOST, 0))
        server.listen()
        yield server.getsockname()[1]


def test_a_port_that_something_listens_on_is_not_free(taken: int) -> None:
    assert not is_free(taken)


def test_a_port_that_was_asked_for_is_honoured() -> None:
    # Below the range that the system itself hands out, so that nobody takes it meanwhile.
    wanted = next(port for port in range(21_000, 29_000) if is_free(port))
    assert choose("PORTAL_PORT", str(wanted), None, 8000) == wanted


def test_a_taken_port_that_was_asked_for_is_refused_by_name(taken: int) -> None:
    with pytest.raises(DemoError, match=rf"Port {taken} \(PORTAL_PORT\) is taken"):
        choose("PORTAL_PORT", str(taken), None, 8000)


@pytest.mark.parametrize("nonsense", ["http", "0", "65536", "-1", "80.5"])
def test_what_is_no_port_is_refused(nonsense: str) -> None:
    with pytest.raises(DemoError, match="is not a port number"):
        choose("GOOGLE_PORT", nonsense, None, 9000)


def test_last_times_port_comes_before_the_favourite() -> None:
    remembered = any_free()
    assert choose("PORTAL_PORT", None, str(remembered), any_free()) == remembered


def test_the_favourite_takes_the_place_of_a_remembered_port_that_is_taken(taken: int) -> None:
    favourite = any_free()
    assert choose("PORTAL_PORT", None, str(taken), favourite) == favourite


def test_some_free_port_takes_the_place_of_a_favourite_that_is_taken(taken: int) -> None:
    port = choose("PORTAL_PORT", None, None, taken)
    assert port != taken
    assert is_free(port)


def test_two_demos_that_start_at_the_same_moment_get_different_ports() -> None:
    favourite = any_free()
    assert choose("PORTAL_PORT", None, None, favourite) == favourite
    assert is_free(favourite)
    assert choose("PORTAL_PORT", None, None, favourite) != favourite


def test_one_port_cannot_serve_both() -> None:
    port = str(any_free())
    choose("PORTAL_PORT", port, None, 8000)
    with pytest.raises(DemoError, match=r"\(GOOGLE_PORT\) is taken"):
        choose("GOOGLE_PORT", port, None, 9000)
