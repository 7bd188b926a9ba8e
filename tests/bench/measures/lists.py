"""Pages with few and with very many requests."""

import random
from datetime import timedelta

from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.audit.recording import by_worker
from accounts.members.models.membership import Membership
from accounts.members.services.tenants import create_tenant
from accounts.tenancy.models import Tenant
from accounts.tenancy.scope import tenant_scope
from accounts.users.models import User
from provisioning.requests.filters import SIZES
from provisioning.requests.models.account import ProvisionedAccount
from provisioning.requests.models.request import ProvisioningRequest
from provisioning.requests.states import Status
from tests.bench.clock import percentile, seconds
from tests.bench.registry import Stage, Table, measure
from tests.bench.rows import store
from tokens.connections.models.connection import GoogleConnection

_FEW, _MANY = 100, 100_000
_LOOKS = 60
_CHUNK = 5_000
_PAGES = {
    "home": ("home", ""),
    "requests": ("requests", ""),
    "requests that need a person": ("requests", "?status=person"),
    "failed requests": ("requests", "?status=failed"),
    "requests by name": ("requests", "?sort=name"),
    "requests, page 20": ("requests", "?page=20"),
}
# Most are done; what is left waits for people or for the portal.
MIX = (
    *[Status.COMPLETED] * 80,
    *[Status.CANCELLED] * 10,
    *[Status.EXPIRED] * 4,
    *[Status.DECLINED] * 3,
    *[Status.AWAITING_TERMS] * 2,
    Status.FAILED,
)
# As many of each kind that is listed alone as a page holds, so that both tenants' pages are full.
_EVEN = (
    *[Status.FAILED] * SIZES[0],
    *[Status.AWAITING_TERMS] * SIZES[0],
    *[Status.COMPLETED] * (_FEW - 2 * SIZES[0]),
)


@measure("Pages with few and with very many requests")
def lists(stage: Stage) -> Table:
    """95th percentile in milliseconds of a tenant's pages, with 100 and with 100 000 requests.

    Two tenants in one database, looked at turn by turn. Both show a full page each time; only
    page 20 of the small one is its last, and its home counts a hundred requests where the large
    one's counts the latest two hundred.
    """
    few, many = stage.tenant, _another(stage.tenant)
    requests_in(few, list(_EVEN))
    dice = random.Random(7)  # the same rows every time; nothing secret
    requests_in(many, [dice.choice(MIX) for _ in range(_MANY)])
    browser = Client()
    browser.force_login(_owner(few), backend="allauth.account.auth_backends.AuthenticationBackend")
    rows = []
    for page, (name, query) in _PAGES.items():
        addresses = [reverse(name, args=[tenant.slug]) + query for tenant in (few, many)]
        small, large = _p95(browser, addresses)
        rows.append((page, round(small, 1), round(large, 1), round(large / small, 2)))
    return Table(("page", f"ms with {_FEW}", f"ms with {_MANY:,}", "ratio"), rows)


def _another(tenant: Tenant) -> Tenant:
    return create_tenant(name="Large bench", owner=_owner(tenant), actor=by_worker())


def _owner(tenant: Tenant) -> User:
    return Membership.objects.filter(tenant=tenant).latest("created_at").user


def _p95(browser: Client, addresses: list[str]) -> list[float]:
    """Of each address; asked in turn, so that a busy machine slows all alike."""
    for address in addresses:
        browser.get(address)
    rounds = [[_look(browser, address) for address in addresses] for _ in range(_LOOKS)]
    return [1000 * percentile(times, 0.95) for times in zip(*rounds, strict=True)]


def _look(browser: Client, address: str) -> float:
    return seconds(lambda: browser.get(address))


def requests_in(tenant: Tenant, states: list[Status]) -> None:
    """A request in each of `states`, made over a year; the verified ones with their accounts."""
    many = len(states)
    dice = random.Random(7)  # the same rows every time; nothing secret
    with tenant_scope(tenant):
        store(tenant, 1, 1)
        one, now = GoogleConnection.objects.get(), timezone.now()
        for start in range(0, many, _CHUNK):
            rows = [
                ProvisioningRequest(
                    tenant=tenant,
                    connection=one,
                    status=states[number],
                    account_name=f"Shop {dice.randrange(10**9)}",
                    property_name="shop.example",
                    stream_name="shop.example",
                    website_url=f"https://shop-{number}.example",
                    time_zone="Europe/Madrid",
                    region_code="ES",
                )
                for number in range(start, min(many, start + _CHUNK))
            ]
            ProvisioningRequest.objects.bulk_create(rows)
            for row in rows:
                row.created_at = row.updated_at = now - timedelta(
                    seconds=dice.randrange(31_536_000)
                )
            ProvisioningRequest.objects.bulk_update(rows, ["created_at", "updated_at"], 500)
            ProvisionedAccount.objects.bulk_create(
                ProvisionedAccount(
                    tenant=tenant,
                    request=row,
                    account_id=str(10_000_000 + many + start + place),
                    account_name=row.account_name,
                    verified_at=row.updated_at,
                )
                for place, row in enumerate(rows)
                if row.status == Status.COMPLETED
            )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
