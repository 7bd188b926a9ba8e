"""Without the right keys the portal is sealed: pages work, and nothing is written wrongly."""

from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.core import serializers
from django.db import models
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.tenancy.scope import tenant_scope
from accounts.users.models import User
from portal.checks.data import encryption_keys_are_the_ones_needed
from provisioning.requests.services.runner import run as run_request
from provisioning.requests.states import Status
from provisioning.requests.tasks import sweep
from tests.cast import Cast, with_second_step
from tests.keyrings import fresh_key, hold
from tests.rows import REFRESH, connection_row, request_row
from tokens.connections.models.connection import GoogleConnection
from tokens.connections.services.access_token import access_token
from tokens.connections.tasks import refresh_due, revoke_due
from tokens.encryption.availability import PortalSealed, key_availability
from tokens.encryption.sealing import reveal, seal

pytestmark = pytest.mark.django_db

RINGS = {"no key": (), "a foreign key": (fresh_key(),)}


@pytest.fixture
def row(cast: Cast) -> GoogleConnection:
    return connection_row(cast.tenant)


@pytest.fixture(params=RINGS.values(), ids=list(RINGS))
def sealed(row: GoogleConnection, settings: Any, request: pytest.FixtureRequest) -> None:
    hold(settings, *request.param)


def everything() -> dict[str, str]:
    """Every row of the product, as text."""
    ours = (
        model
        for app in ("accounts", "tokens", "provisioning")
        for model in apps.get_app_config(app).get_models()
    )
    return {model._meta.label: _text(model) for model in ours}


def _text(model: type[models.Model]) -> str:
    return str(serializers.serialize("json", model._base_manager.order_by("pk")))


@pytest.mark.usefixtures("sealed")
def test_nothing_is_revealed_or_kept(row: GoogleConnection, cast: Cast) -> None:
    with pytest.raises(PortalSealed):
        reveal(row, "refresh_token")
    row.tenant = cast.elsewhere
    with pytest.raises(PortalSealed):
        seal(row, "refresh_token", "1//emu-canary-new")


@pytest.mark.usefixtures("sealed")
def test_the_clockwork_writes_nothing_at_all(row: GoogleConnection) -> None:
    now = timezone.now()
    request = request_row(row, Status.QUEUED)
    GoogleConnection._base_manager.update(
        refresh_due_at=now - timedelta(days=1), access_expires_at=now
    )
    before = everything()
    refresh_due()
    revoke_due()
    sweep()
    with tenant_scope(row.tenant):
        run_request(request.pk)
    with tenant_scope(row.tenant), pytest.raises(PortalSealed):
        access_token(GoogleConnection._base_manager.get(pk=row.pk))
    assert everything() == before


@pytest.mark.usefixtures("sealed")
def test_pages_work_and_say_calmly_what_waits(owner_browser: Client, cast: Cast) -> None:
    page = owner_browser.get(reverse("home", args=[cast.tenant.slug]))
    assert page.status_code == 200
    assert "Stored Google permissions are locked" in page.content.decode()


@pytest.mark.usefixtures("sealed")
def test_connecting_says_what_is_missing_and_keeps_nothing(
    owner_browser: Client, cast: Cast
) -> None:
    before = everything()
    page = owner_browser.post(reverse("connection-start", args=[cast.tenant.slug]))
    assert (page.status_code, page["Retry-After"]) == (503, "300")
    assert "Stored permissions are locked" in page.content.decode()
    assert everything() == before


@pytest.mark.usefixtures("sealed")
def test_staff_are_told_which_key_is_missing() -> None:
    staff = with_second_step(User.objects.create_user("staff@portal.example", is_staff=True))
    page = staff.get(reverse("admin:index")).content.decode()
    assert key_availability().why in page
    assert "FIELD_ENCRYPTION_KEY" in key_availability().why
    found = encryption_keys_are_the_ones_needed(databases=["default"])
    assert [str(one.msg) for one in found] == [
        f"The portal is sealed. {why}" for why in key_availability().missing
    ]
    assert not any(one.is_serious() for one in found)


def test_all_goes_on_when_the_key_is_back(row: GoogleConnection, settings: Any) -> None:
    right = list(settings.FIELD_ENCRYPTION_KEY)
    hold(settings, fresh_key())
    assert not key_availability().is_open
    hold(settings, *right)
    assert key_availability().is_open
    assert reveal(row, "refresh_token") == REFRESH
