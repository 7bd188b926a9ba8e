"""Driving requests to the terms."""

from concurrent.futures import ThreadPoolExecutor

import requests
from django.test import override_settings
from django.utils import timezone

from accounts.tenancy.models import Tenant
from accounts.tenancy.scope import across_tenants, tenant_scope
from provisioning.requests.models.request import ProvisioningRequest
from provisioning.requests.models.status_change import StatusChange
from provisioning.requests.states import Status
from provisioning.requests.tasks import run as drive_task
from tests.bench.clock import rate, side_by_side
from tests.bench.google import CLIENT, SECRET, google, issue
from tests.bench.registry import Stage, Table, measure
from tests.bench.rows import forget
from tests.fleets import fleet
from tests.rows import request_row
from tokens.clients.redirect_uris import terms_return_uri
from tokens.connections.services.refresh.worker import refresh_due
from tokens.rate_limits.models import RateBucket

_REQUESTS, _CONNECTIONS, _AT_ONCE = 200, 20, 16


@measure("Driving requests to the terms")
def run(stage: Stage) -> Table:
    """Requests driven from queued to waiting for the terms, per second of one worker process.

    The task does all that it does in a worker, one request after the other: it begins an attempt,
    opens the access token, looks at the accounts there are, asks for a ticket, records moves, audit
    and each exchange. The bare client sends the same two calls for each request and keeps nothing,
    over one connection or sixteen at once, which is as fast as the local Google is.
    """
    many = min(_REQUESTS, stage.rows)
    with (
        google(terms_return_uri()) as base,
        override_settings(
            GOOGLE_TOKEN_URL=f"{base}/token",
            GOOGLE_ADMIN_API_URL=f"{base}/",
            GOOGLE_REFRESH_RATE=1e9,
        ),
    ):
        grants = issue(base, _CONNECTIONS)
        token = _access(base, grants[0])
        alone, at_once, ours = side_by_side(
            stage.rounds,
            lambda: _bare(base, token, many, 1),
            lambda: _bare(base, token, many, _AT_ONCE),
            lambda: _driven(stage.tenant, grants, many),
        )
    head = (
        "bare client, one at a time",
        "bare client, 16 at once",
        "drive",
        "drive / one at a time",
        "drive / 16 at once",
    )
    figures = (round(alone), round(at_once), round(ours))
    return Table(head, [(*figures, f"{ours / alone:.0%}", f"{ours / at_once:.0%}")])


def _access(base: str, grant: str) -> str:
    form = {
        "grant_type": "refresh_token",
        "refresh_token": grant,
        "client_id": CLIENT,
        "client_secret": SECRET,
    }
    answer = requests.post(f"{base}/token", data=form, timeout=10)
    answer.raise_for_status()
    return str(answer.json()["access_token"])


def _bare(base: str, token: str, many: int, at_once: int) -> float:
    body = {
        "account": {"displayName": "Bare Bakery", "regionCode": "ES"},
        "redirectUri": terms_return_uri(),
    }

    def ask(times: int) -> None:
        with requests.Session() as session:
            session.headers["Authorization"] = f"Bearer {token}"
            for _ in range(times):
                session.get(f"{base}/v1beta/accounts?pageSize=200", timeout=10).raise_for_status()
                ticket = f"{base}/v1beta/accounts:provisionAccountTicket"
                session.post(ticket, json=body, timeout=10).raise_for_status()

    def all_of_them() -> None:
        with ThreadPoolExecutor(at_once) as pool:
            list(pool.map(ask, [many // at_once] * at_once))

    return rate(many // at_once * at_once, all_of_them)


def _driven(tenant: Tenant, grants: list[str], many: int) -> float:
    with across_tenants():
        StatusChange._base_manager.all().delete()
        ProvisioningRequest._base_manager.all().delete()
    forget()
    RateBucket.objects.all().delete()
    connections = fleet(tenant, grants)
    refresh_due()
    made = [
        request_row(connections[number % len(connections)], Status.QUEUED) for number in range(many)
    ]
    with tenant_scope(tenant):
        ProvisioningRequest.objects.update(due_at=timezone.now())

    def all_of_them() -> None:
        for row in made:
            drive_task(str(tenant.pk), str(row.pk))

    speed = rate(many, all_of_them)
    with tenant_scope(tenant):
        waiting = ProvisioningRequest.objects.filter(status=Status.AWAITING_TERMS).count()
    if waiting != many:
        raise RuntimeError("Requests were left behind: the figure would mean nothing.")
    return speed
