"""The image starts with no setting that would harm people, and says which one it is."""

import math
import os
import re
import shlex
import subprocess
import sys
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import SystemCheckError

from portal.checks.deploy import _NUMBERS
from portal.checks.settings import google_addresses
from portal.demo.programs import ROOT
from tests.test_house.source import APPS, python_files

ENTRYPOINT = (ROOT / "docker" / "entrypoint.sh").read_text("utf-8")
KEY = "q8Zr1T-vWn4kYb6sXc2mLd9hJf3gPa7eUi5oR0tB_yNwQzEjVxKsMlCh"
GOOD = {
    "DEBUG": False,
    "DEMO": False,
    "SECRET_KEY": KEY,
    "SECRET_KEY_FALLBACKS": [],
    "BASE_URL": "https://portal.example",
    "ALLOWED_HOSTS": ["portal.example"],
    "CACHES": {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache"}},
    "ACCOUNT_RATE_LIMITS": {},
    "GOOGLE_ALLOW_OTHER_HOSTS": False,
    "GOOGLE_ISSUER": "https://accounts.google.com",
    "STAFF_SECOND_STEP": True,
}
LOCAL = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
BAD: list[tuple[str, dict[str, Any]]] = [
    ("portal.E014", {"DEBUG": True}),
    ("portal.E015", {"SECRET_KEY": "abc"}),
    ("portal.E015", {"SECRET_KEY": "abc" * 30}),
    ("portal.E015", {"SECRET_KEY": f"django-insecure-{KEY}"}),
    ("portal.E015", {"SECRET_KEY_FALLBACKS": [KEY, "old"]}),
    ("portal.E016", {"ALLOWED_HOSTS": ["*"]}),
    ("portal.E016", {"ALLOWED_HOSTS": ["portal.example", "*"]}),
    ("portal.E016", {"ALLOWED_HOSTS": []}),
    ("portal.E016", {"ALLOWED_HOSTS": ["other.example"]}),
    ("portal.E017", {"CACHES": LOCAL}),
    ("portal.E018", {"ACCOUNT_RATE_LIMITS": False}),
    (
        "portal.E019",
        {"GOOGLE_ALLOW_OTHER_HOSTS": True, "GOOGLE_TOKEN_URL": "http://token.example/token"},
    ),
    ("portal.E019", {"GOOGLE_ALLOW_OTHER_HOSTS": True, "GOOGLE_ISSUER": "http://issuer.example"}),
    ("portal.E001", {"GOOGLE_TOKEN_URL": "https://token.example/token"}),
    ("portal.E004", {"BASE_URL": "http://portal.example"}),
    ("portal.E006", {"STAFF_SECOND_STEP": False}),
    ("portal.E007", {"DEMO": True}),
    ("portal.E016", {"ALLOWED_HOSTS": [".example"]}),
    ("portal.E020", {"EMAIL_BACKEND": "django.core.mail.backends.console.EmailBackend"}),
    ("portal.E021", {"BASE_URL": "https://portal.example/portal"}),
    ("portal.E022", {"SWEEP_INTERVAL": -5.0}),
    ("portal.E022", {"SWEEP_INTERVAL": math.nan}),
    ("portal.E022", {"GOOGLE_TIMEOUT": 0.0}),
    ("portal.E022", {"GOOGLE_REFRESH_RATE": math.inf}),
    ("portal.E022", {"TRUSTED_PROXY_COUNT": -1}),
    ("portal.E022", {"GOOGLE_PROJECT_CALLS_A_MINUTE": 0}),
]


def test_every_number_of_the_environment_has_bounds() -> None:
    text = "".join(path.read_text("utf-8") for path in (ROOT / "portal/settings").glob("*.py"))
    read = set(re.findall(r"^(\w+)(?:: \w+)? = env\.(?:int|float)\(", text, re.MULTILINE))
    assert len(read) > 20
    assert read == set(_NUMBERS)


def asked() -> list[str]:
    """What the entrypoint checks, as words of its command."""
    [command] = re.findall(r"python manage\.py check (.+)", ENTRYPOINT)
    return shlex.split(command)


def checked() -> None:
    call_command("check", *[word for word in asked() if word not in ("--database", "default")])


@pytest.fixture(autouse=True)
def _good(settings: Any, db: None) -> None:
    for name, value in GOOD.items():
        setattr(settings, name, value)
    for name in google_addresses():
        if name != "GOOGLE_ISSUER":
            setattr(settings, name, "https://oauth2.googleapis.com/x")


def test_sound_settings_start() -> None:
    checked()


@pytest.mark.parametrize(("found", "changed"), BAD)
def test_each_of_these_is_refused(settings: Any, found: str, changed: dict[str, Any]) -> None:
    for name, value in changed.items():
        setattr(settings, name, value)
    with pytest.raises(SystemCheckError) as refused:
        checked()
    ids = set(re.findall(r"portal\.E\d+", str(refused.value)))
    assert ids == {found}
    assert KEY not in str(refused.value)
    assert "HINT" in str(refused.value)


def test_a_google_of_this_machine_may_be_plain(settings: Any) -> None:
    settings.GOOGLE_ALLOW_OTHER_HOSTS = True
    settings.GOOGLE_TOKEN_URL = "http://localhost:9000/token"
    checked()


@pytest.mark.slow
@pytest.mark.sqlite(only=True)
@pytest.mark.parametrize(("debug", "status"), [("false", 0), ("true", 1)])
def test_the_command_itself_ends_so(debug: str, status: int) -> None:
    said = subprocess.run(  # noqa: S603  # our own
        (sys.executable, "manage.py", "check", *asked()),
        cwd=ROOT, capture_output=True, text=True, check=False,
        env={
            "PATH": os.environ["PATH"], "PORTAL_ENV_FILE": "/nowhere", "BROKER_URL": "memory://",
            "SECRET_KEY": KEY, "FIELD_ENCRYPTION_KEY": os.environ["FIELD_ENCRYPTION_KEY"],
            "BASE_URL": "https://portal.example", "ALLOWED_HOSTS": "portal.example",
            "DATABASE_URL": "sqlite://:memory:", "DEBUG": debug,
            "EMAIL_URL": "smtp://mail.example",
        },
    )  # fmt: skip
    assert said.returncode == status, said.stderr


@pytest.mark.parametrize("job", ["web", "worker", "beat"])
def test_every_job_of_the_image_asks_first(job: str) -> None:
    [steps] = re.findall(rf"\n    {job}\)\n(.*?);;", ENTRYPOINT, re.DOTALL)
    assert steps.split()[0] == "safe"


def test_no_two_checks_share_an_id() -> None:
    """Except for one and the same check that finds several things."""
    places: dict[str, set[str]] = {}
    for path in python_files(*APPS):
        source = (ROOT / path).read_text("utf-8")
        for function in re.split(r"\n(?=@register|def )", source):
            for found in re.findall(r'id="(portal\.[EW]\d+)"', function):
                name = re.search(r"def (\w+)", function)
                places.setdefault(found, set()).add(f"{path}:{name and name[1]}")
    assert len(places) > 18
    assert {found: where for found, where in places.items() if len(where) > 1} == {}
