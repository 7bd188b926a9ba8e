"""All routes below a tenant by all roles and methods, with all objects of another tenant."""

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from allauth.account.internal.flows.login import record_authentication
from django.apps import apps
from django.db import models, transaction
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.urls import get_resolver

from accounts.audit.recording import by_worker
from accounts.members.roles import Role
from accounts.members.services.tenants import add_member
from accounts.tenancy.models import Tenant
from accounts.tenancy.scope import across_tenants
from accounts.users.models import User
from tests.cast import Cast, signed_in, with_second_step
from tests.test_browser.places import SLOT
from tests.test_isolation.test_outsiders import TENANT_PAGES, WITH_ID, address, flat, same
from tests.test_staff.test_admin import rows as rows  # noqa: PLC0414  # a fixture is used by name

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.slow,
    pytest.mark.sqlite(only=True),
    pytest.mark.timeout(900),
]
LOOKS = ("get", "post")
METHODS = ("get", "head", "post", "put", "patch", "delete")
# So that nobody is content because nothing was there or nothing was asked.
FEWEST_KINDS, FEWEST_ASKED = 20, 3_000


def test_no_route_of_a_tenant_takes_anything_but_an_id() -> None:
    """A new kind of slot needs values from another tenant in this matrix."""
    slots = {
        slot or other
        for pattern in flat(get_resolver().url_patterns)
        if str(pattern.pattern).startswith(TENANT_PAGES)
        for slot, other in SLOT.findall(str(pattern.pattern))
    }
    assert slots == {"slug", "pk"}


def own_models() -> list[type[models.Model]]:
    return [model for model in apps.get_models() if hasattr(model, "tenant_id")]


def objects_of(tenant: Tenant) -> dict[str, uuid.UUID]:
    """One object of each kind that has an id as addresses carry it."""
    found = {}
    with across_tenants():
        for model in own_models():
            row = model._base_manager.filter(tenant=tenant).first()
            if row is not None and isinstance(row.pk, uuid.UUID):
                found[model._meta.label] = row.pk
    return found


def all_rows(tenant: Tenant) -> dict[str, list[dict[str, Any]]]:
    with across_tenants():
        return {
            model._meta.label: list(
                model._base_manager.filter(tenant=tenant).order_by("pk").values()
            )
            for model in own_models()
        }


def freshly_proven(user: User) -> Client:
    """A browser whose person has just proven who they are, so that no page asks for it first."""
    browser = signed_in(user)
    request = RequestFactory().get("/")
    request.session = browser.session
    record_authentication(request, user, "password", reauthenticated=True)
    request.session.save()
    return browser


@pytest.fixture
def strangers(cast: Cast) -> dict[str, Client]:
    """A browser for each role in the other tenant, and for those who have none anywhere."""
    found = {Role.OWNER.value: freshly_proven(cast.outsider)}
    for role in (Role.ADMIN, Role.VIEWER):
        user = User.objects.create_user(f"{role.value}@other.example")
        add_member(tenant=cast.elsewhere, user=user, role=role, actor=by_worker())
        found[role.value] = freshly_proven(user)
    staff = User.objects.create_user("stan@portal.example", is_staff=True, is_superuser=True)
    return {**found, "staff": with_second_step(staff), "anonymous": Client()}


def told(answer: HttpResponse, pk: uuid.UUID) -> tuple[int, str, bytes]:
    """What somebody learns from an answer, but for the id that they asked with."""
    body = answer.content.replace(str(pk).encode(), b"the id")
    return answer.status_code, answer.headers.get("Location", "").replace(str(pk), "the id"), body


@pytest.mark.usefixtures("rows")
def test_nobody_learns_of_or_changes_an_object_of_another_tenant(
    cast: Cast, strangers: dict[str, Client]
) -> None:
    foreign, before, asked = objects_of(cast.tenant), all_rows(cast.tenant), 0
    assert len(foreign) >= FEWEST_KINDS
    wrong = []
    for name in WITH_ID:
        for role, browser in strangers.items():
            for method in METHODS:
                none = uuid.uuid4()
                ask = getattr(browser, method)
                usual = told(ask(address(name, cast.elsewhere.slug, none)), none)
                assert usual[0] in {302, 403, 404, 405}, (name, role, method)
                # Whoever is turned away at the door is so before anybody looks for the object.
                is_in = role in Role.values and method in LOOKS and usual[0] != 405
                for kind in list(foreign)[: None if is_in else 2]:
                    pk = foreign[kind]
                    answer = told(ask(address(name, cast.elsewhere.slug, pk)), pk)
                    asked += 1
                    if answer[:2] != usual[:2] or not same(answer[2], usual[2]):
                        wrong.append((name, role, method, kind, answer[0], usual[0]))
    assert wrong == []
    assert asked >= FEWEST_ASKED
    assert all_rows(cast.tenant) == before


@pytest.mark.record_is_lost("every request is rolled back")
@pytest.mark.usefixtures("rows")
def test_the_same_routes_know_the_objects_of_the_own_tenant(cast: Cast) -> None:
    """Without this, routes that know nothing at all would pass the test above."""
    browser, own = freshly_proven(cast.owner), objects_of(cast.tenant)
    blind = [name for name in WITH_ID if not any(known(browser, cast, name, own))]
    assert blind == []


def known(browser: Client, cast: Cast, name: str, own: dict[str, uuid.UUID]) -> Iterator[bool]:
    """For each object, whether the route finds it; whatever it does is undone."""
    for pk in own.values():
        for method in ("get", "post"):
            with transaction.atomic():
                code = getattr(browser, method)(address(name, cast.tenant.slug, pk)).status_code
                transaction.set_rollback(True)
            yield code not in {403, 404, 405}
