"""Staff actions: each does one thing, through the service that pages use, and is recorded."""

from django.db import models
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEvent
from accounts.tenancy import across_tenants
from tests.cast import Cast
from tests.rows import connection_row
from tokens.models import GoogleConnection, OAuthClient


def act(staff: Client, row: models.Model, action: str) -> str:
    address = reverse(f"admin:tokens_{row._meta.model_name}_changelist")
    data = {"action": action, "_selected_action": [str(row.pk)], "reason": "Asked for"}
    return staff.post(address, data, follow=True).content.decode()


def tags() -> list[str]:
    with across_tenants():
        events = AuditEvent.objects.filter(actor_kind="staff").order_by("created_at")
        return list(events.values_list("tag", flat=True))


def test_refresh_now_makes_a_connection_due(staff: Client, cast: Cast) -> None:
    row = connection_row(cast.tenant)
    assert "1 of 1 will be refreshed" in act(staff, row, "refresh_now")
    due = GoogleConnection._base_manager.get().refresh_due_at
    assert due is not None
    assert due <= timezone.now()
    assert tags() == ["tokens:connection:refresh_asked"]


def test_marking_for_reconnect_stops_its_use_and_says_why(staff: Client, cast: Cast) -> None:
    row = connection_row(cast.tenant)
    act(staff, row, "mark_for_reconnect")
    after = GoogleConnection._base_manager.get()
    assert (after.status, after.reason) == ("needs_reconnect", "asked")
    assert tags() == ["tokens:connection:needs_reconnect"]


def test_a_client_is_paused_and_resumed(staff: Client, cast: Cast) -> None:
    client = connection_row(cast.tenant).client
    act(staff, client, "pause")
    assert OAuthClient._base_manager.get().paused_at is not None
    act(staff, client, "resume")
    assert OAuthClient._base_manager.get().paused_at is None
    assert tags() == ["tokens:client:paused", "tokens:client:resumed"]
