"""How long the main pages take, on the real web server."""

import random
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import repeat

import requests
from django.test import Client
from django.urls import reverse

from accounts.members.models.membership import Membership
from accounts.tenancy.models import Tenant
from accounts.tenancy.scope import tenant_scope
from accounts.users.models import User
from provisioning.requests.models.request import ProvisioningRequest
from tests.bench.clock import percentile
from tests.bench.measures.lists import MIX, requests_in
from tests.bench.registry import Cell, Stage, Table, measure
from tests.bench.web import serving
from tokens.connections.models.connection import GoogleConnection

_REQUESTS = 1_000
_LOOKS_A_ROUND = 50
_AT_ONCE = 8


@measure("Main pages on gunicorn")
def pages(stage: Stage) -> Table:
    """Milliseconds until a page has arrived whole: median and 95th percentile.

    Gunicorn as the image starts it, two processes of eight threads; a signed-in owner of an
    organisation with 1 000 requests, asking alone and eight at once.
    """
    dice = random.Random(7)  # the same rows every time; nothing secret
    requests_in(stage.tenant, [dice.choice(MIX) for _ in range(_REQUESTS)])
    owner = Membership.objects.get(tenant=stage.tenant).user
    looks = stage.rounds * _LOOKS_A_ROUND
    with serving() as address:
        jar = _signed_in(owner)
        rows: list[tuple[Cell, ...]] = []
        for name, path in _paths(stage.tenant).items():
            alone = _asked(address + path, jar, looks, at_once=1)
            crowd = _asked(address + path, jar, looks, at_once=_AT_ONCE)
            both = [percentile(one, share) for one in (alone, crowd) for share in (0.5, 0.95)]
            rows.append((name, *(round(value, 1) for value in both)))
    head = ("page", "p50", "p95", f"p50, {_AT_ONCE} at once", f"p95, {_AT_ONCE} at once")
    return Table(head, rows)


def _paths(tenant: Tenant) -> dict[str, str]:
    with tenant_scope(tenant):
        request = ProvisioningRequest.objects.latest("created_at")
        connection = GoogleConnection.objects.get()
    slug = tenant.slug
    return {
        "home": reverse("home", args=[slug]),
        "requests": reverse("requests", args=[slug]),
        "one request": reverse("request", args=[slug, request.pk]),
        "new request": reverse("request-new", args=[slug]),
        "Google accounts": reverse("connections", args=[slug]),
        "one Google account": reverse("connection", args=[slug, connection.pk]),
        "members": reverse("members", args=[slug]),
        "audit log": reverse("audit", args=[slug]),
        "your account": reverse("own-data"),
    }


def _signed_in(owner: User) -> dict[str, str]:
    """The cookies of a browser in which the owner is signed in."""
    browser = Client()
    browser.force_login(owner, backend="allauth.account.auth_backends.AuthenticationBackend")
    return {name: cookie.value for name, cookie in browser.cookies.items()}


def _asked(url: str, jar: dict[str, str], looks: int, *, at_once: int) -> list[float]:
    """Milliseconds of each look, by so many browsers that ask at the same time."""
    with ThreadPoolExecutor(at_once) as pool:
        parts = pool.map(_look, repeat(url), repeat(jar), [looks // at_once] * at_once)
        return [one for part in parts for one in part]


def _look(url: str, jar: dict[str, str], looks: int) -> list[float]:
    took = []
    with requests.Session() as browser:
        browser.cookies.update(jar)
        browser.get(url, timeout=60)
        for _ in range(looks):
            started = time.perf_counter()
            answer = browser.get(url, timeout=60, allow_redirects=False)
            took.append(1_000 * (time.perf_counter() - started))
            if answer.status_code != requests.codes.ok:
                raise RuntimeError(f"{url} answered {answer.status_code}")
    return took
