"""Every route, task and role: declared, and tried with what belongs to somebody else."""

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from accounts.models import User
from accounts.tasks import TenantTask
from portal.celery import app
from tests.cast import Cast, signed_in, with_second_step
from tests.rows import connection_row, request_row
from tests.test_isolation.test_outsiders import ROUTES, TENANT_PAGES, WITH_ID, address

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
METHODS = ("get", "post", "put", "patch", "delete", "head")
CANARY = "Canary-of-the-other-tenant"


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
    loose = {
        name
        for name, task in ours.items()
        if not isinstance(task, TenantTask) and name not in sweeps
    }
    assert loose == set()


@pytest.fixture
def people(cast: Cast) -> dict[str, Client]:
    """A browser for each role in the tenant, and for those who have none."""
    staff = User.objects.create_user("stan@portal.example", is_staff=True)
    return {
        "owner": signed_in(cast.owner),
        "admin": signed_in(cast.teammate),
        "viewer": signed_in(cast.viewer),
        "staff": with_second_step(staff),
        "anonymous": Client(),
    }


@pytest.mark.parametrize("name", WITH_ID)
def test_whatever_role_and_method_a_foreign_object_answers_as_none_at_all(
    cast: Cast, people: dict[str, Client], name: str
) -> None:
    connection = connection_row(cast.elsewhere, f"{CANARY}@gmail.example".lower())
    request = request_row(connection, account_name=CANARY)
    for role, browser in people.items():
        for method in METHODS:
            answers = {
                pk: getattr(browser, method)(address(name, cast.tenant.slug, pk))
                for pk in (uuid.uuid4(), connection.pk, request.pk)
            }
            codes = {answer.status_code for answer in answers.values()}
            assert len(codes) == 1, (role, method, codes)
            assert codes <= {302, 403, 404, 405}, (role, method, codes)
            for answer in answers.values():
                assert CANARY.lower() not in answer.content.decode().lower(), (role, method)


@pytest.mark.parametrize("name", [name for name, _ in ROUTES])
def test_staff_have_no_business_in_a_tenant_that_they_do_not_belong_to(
    cast: Cast, people: dict[str, Client], name: str
) -> None:
    answer = people["staff"].get(address(name, cast.tenant.slug, uuid.uuid4()))
    assert answer.status_code in (404, 405)
