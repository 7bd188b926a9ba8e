"""Find a Chromium for the browser tests, or get one. `python -m tests.chromium` prints its path.

It never shrugs: with no browser to be had it says what to do and fails, so that
browser tests are never skipped in silence.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ADVICE = (
    "The browser tests need Chromium, and none could be found or installed. "
    "Install it (Debian: apt-get install chromium) or set CHROMIUM_PATH to its program file."
)


def on_this_machine() -> str | None:
    """`CHROMIUM_PATH`, else a Chromium on PATH, else the one that Playwright keeps."""
    given = os.environ.get("CHROMIUM_PATH")
    if given:
        return shutil.which(given) or sys.exit(f"CHROMIUM_PATH={given} is not a program.")
    found = (shutil.which(name) for name in NAMES)
    return next((path for path in found if path), None) or playwrights_own()


def playwrights_own() -> str | None:
    """The Chromium that Playwright has downloaded, if it has."""
    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).is_file() else None


def by_apt() -> bool:
    """Install Debian's package; only root may."""
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return False
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    install = ("apt-get", "install", "-y", "--no-install-recommends", "chromium")
    return _runs(("apt-get", "update"), quiet) and _runs(install, quiet)


def by_playwright() -> bool:
    """Let Playwright download its own."""
    return _runs((sys.executable, "-m", "playwright", "install", "chromium"), os.environ)


def _runs(command: tuple[str, ...], environ: "os._Environ[str] | dict[str, str]") -> bool:
    sys.stderr.write(f"No Chromium yet: {' '.join(command)}\n")
    done = subprocess.run(
        command, env=environ, stdin=subprocess.DEVNULL, stdout=sys.stderr, check=False
    )
    return done.returncode == 0


def chromium() -> str:
    """The path of a Chromium, installed first if need be; ends the program without one."""
    ways: tuple[Callable[[], bool], ...] = (by_apt, by_playwright)
    path = on_this_machine()
    for install in ways:
        if path is None and install():
            path = on_this_machine()
    return path or sys.exit(ADVICE)


if __name__ == "__main__":
    print(chromium())
