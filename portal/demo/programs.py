"""Which processes make a portal."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from portal.demo.ports import HOST

ROOT = Path(__file__).resolve().parent.parent.parent


@dataclass(frozen=True, slots=True)
class Program:
    """A process to run: its name, and the arguments that Python gets."""

    name: str
    arguments: tuple[str, ...]


def programs(settings: Mapping[str, str], folder: Path) -> tuple[Program, ...]:
    """The local Google, the web server, the worker and the clock."""
    return (
        _google(settings["GOOGLE_PORT"], folder),
        _web(settings["PORTAL_PORT"]),
        _worker(),
        _beat(),
    )


def _google(port: str, folder: Path) -> Program:
    seed, state = folder / "google-seed.json", folder / "google-state.json"
    options = _options(host=HOST, port=port, seed=seed, state=state)
    return Program("google", ("-m", "tests.emulator", *options))


def _web(port: str) -> Program:
    options = _options(
        bind=f"{HOST}:{port}",
        worker_class="gthread",
        workers=1,
        threads=8,
        graceful_timeout=3,
        no_control_socket=True,
    )
    return Program("web", ("-m", "gunicorn", "portal.wsgi", *options))


def _worker() -> Program:
    options = _options(
        pool="threads",
        concurrency=4,
        loglevel="INFO",
        without_gossip=True,
        without_mingle=True,
        without_heartbeat=True,
    )
    return Program("worker", ("-m", "celery", "--app", "portal", "worker", *options))


def _beat() -> Program:
    # No pid file: one that a killed beat left behind would keep the next from starting.
    options = (*_options(loglevel="INFO"), "--pidfile=")
    return Program("beat", ("-m", "celery", "--app", "portal", "beat", *options))


def _options(**options: object) -> tuple[str, ...]:
    """`worker_class="gthread"` as `--worker-class gthread`; `True` is a flag of its own."""
    words: list[str] = []
    for name, value in options.items():
        words.append("--" + name.replace("_", "-"))
        if value is not True:
            words.append(str(value))
    return tuple(words)
