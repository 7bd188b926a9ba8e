"""Every route and task is declared, and behind the door of its tenant."""

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from accounts.tenancy.tasks import TenantTask
from accounts.users.models import User
from portal.celery import app
from tests.cast import Cast, with_second_step
from tests.test_isolation.test_outsiders import ROUTES, TENANT_PAGES, address

# What stands outside `/t/<slug>/`, by how it is addressed: who may come in.
DECLARED = {
    "": "public: the landing page, which leads members to their organisation",
    "healthz": "public: says ok",
    "readyz": "public: says which part is not ready",
    "metrics": "link: METRICS_TOKEN",
    "theme/": "public: a cookie",
    "organisations/": "person: those that they belong to",
    "demo/mail/": "public: in the demo only",
    ".well-known/security.txt": "public: whom to tell",
    "support/end/": "staff: ends their own support view",
    "admin/": "staff: tests/test_staff",
    "accounts/": "public: allauth",
    "you/": "person: their own account and data",
    "t/new/": "person: makes an organisation of their own",
    "google/": "link: single-use state, or a ticket of the own tenant",
    "invitations/": "link: single-use token",
    "reconnect/": "link: single-use token",
    "mails/stop/": "link: signed, for one person, organisation and topic",
}
CLOCKWORK = ("accounts.", "portal.", "tokens.", "provisioning.")


def addresses(
    patterns: list[URLPattern | URLResolver], before: str = ""
) -> Iterator[tuple[str, URLPattern]]:
    for pattern in patterns:
        whole = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from addresses(pattern.url_patterns, whole)
        else:
            yield whole, pattern


def test_every_route_is_declared() -> None:
    """A new one outside `/t/<slug>/` says in DECLARED who may come in."""
    undeclared = [
        whole
        for whole, _ in addresses(get_resolver().url_patterns)
        if not whole.startswith(TENANT_PAGES)
        and not any(whole == start or (start and whole.startswith(start)) for start in DECLARED)
    ]
    assert undeclared == []


def test_every_route_of_a_tenant_goes_through_the_door() -> None:
    """What is not wrapped by `member_view` would let anybody in."""
    without = [
        whole
        for whole, pattern in addresses(get_resolver().url_patterns)
        if whole.startswith(TENANT_PAGES) and not opened_by_the_door(pattern)
    ]
    assert without == []


def opened_by_the_door(pattern: URLPattern) -> bool:
    view: Any = pattern.callback
    while view is not None:
        if view.__code__.co_qualname.startswith("member_view."):
            return True
        view = getattr(view, "__wrapped__", None)
    return False


def test_every_task_works_for_a_tenant_or_only_looks_for_what_is_due() -> None:
    ours = {name: task for name, task in app.tasks.items() if name.startswith(CLOCKWORK)}
    sweeps = {entry["task"] for entry in app.conf.beat_schedule.values()}
    sweeps.add("portal.clock_was_moved")  # sent by beat itself
    loose = {
        name
        for name, task in ours.items()
        if not isinstance(task, TenantTask) and name not in sweeps
    }
    assert loose == set()


@pytest.mark.parametrize("name", [name for name, _ in ROUTES])
def test_staff_have_no_business_in_a_tenant_that_they_do_not_belong_to(
    cast: Cast, name: str
) -> None:
    staff = User.objects.create_user("stan@portal.example", is_staff=True)
    answer = with_second_step(staff).get(address(name, cast.tenant.slug, uuid.uuid4()))
    assert answer.status_code in (404, 405)
