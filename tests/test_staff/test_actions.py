"""Staff actions: each does one thing, through the service that pages use, and is recorded."""

from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group
from django.db import models
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.audit.models.event import AuditEvent
from accounts.audit.recording import by_worker
from accounts.offboarding.services.organisation_deletion import request_deletion
from accounts.tenancy.scope import across_tenants
from accounts.users.models import User
from tests.cast import Cast
from tests.rows import connection_row
from tokens.clients.models.client import OAuthClient
from tokens.connections.models.connection import GoogleConnection


def act(staff: Client, row: models.Model, action: str, *more: models.Model) -> str:
    address = reverse(f"admin:tokens_{row._meta.model_name}_changelist")
    chosen = [str(one.pk) for one in (row, *more)]
    data = {"action": action, "_selected_action": chosen, "reason": "Asked for"}
    return staff.post(address, data, follow=True).content.decode()


def tags() -> list[str]:
    with across_tenants():
        events = AuditEvent.objects.filter(actor_kind="staff").order_by("created_at")
        return list(events.values_list("tag", flat=True))


def test_nothing_is_done_to_an_organisation_that_is_about_to_be_deleted(
    staff: Client, cast: Cast
) -> None:
    leaving, staying = connection_row(cast.tenant), connection_row(cast.elsewhere, "b@x.example")
    request_deletion(cast.tenant, by_worker())
    page = act(staff, leaving, "refresh_now", staying)
    assert f"Nothing was done to {leaving}: Acme Agency is about to be deleted" in page
    assert "1 of 1 will be refreshed" in page
    due = {row.pk: row.refresh_due_at for row in GoogleConnection._base_manager.all()}
    assert due[leaving.pk] is None
    assert due[staying.pk] is not None
    page = act(staff, leaving, "mark_for_reconnect")
    assert GoogleConnection._base_manager.get(pk=leaving.pk).status == "active"
    assert "now wait for" not in page


@pytest.mark.parametrize("model", admin.site._registry, ids=lambda model: model.__name__)
def test_every_action_asks_for_a_reason_and_spares_who_leaves(model: Any) -> None:
    """Each is made by `staff_action`, which does both."""
    ours = admin.site._registry[model]
    asked = {name: getattr(type(ours), str(name)) for name in ours.actions or ()}
    loose = [
        name
        for name, act in asked.items()
        if not act.__code__.co_qualname.startswith("staff_action.")
    ]
    assert loose == []


def test_who_is_staff_is_recorded_before_and_after(staff: Client, cast: Cast) -> None:
    page = reverse("admin:accounts_user_change", args=[cast.outsider.pk])
    group = Group.objects.get(name="Operators")
    inline = {"memberships-TOTAL_FORMS": "0", "memberships-INITIAL_FORMS": "0"}
    sent = {"name": "Otto", "is_active": "on", "is_staff": "on", "groups": [group.pk], **inline}
    assert staff.post(page, sent).status_code == 302
    with across_tenants():
        [event] = AuditEvent.objects.filter(tag="accounts:user:changed")
    assert (event.actor_kind, event.target_label) == ("staff", str(User.objects.get(name="Otto")))
    assert event.data == {
        "name": {"before": "Otto Outsider", "after": "Otto"},
        "is_staff": {"before": False, "after": True},
        "groups": {"before": "", "after": "Operators"},
    }


def test_nobody_sets_the_password_of_somebody_else(staff: Client, cast: Cast) -> None:
    page = reverse("admin:auth_user_password_change", args=[cast.outsider.pk])
    typed = {"password1": "canary-of-staff-1", "password2": "canary-of-staff-1"}
    assert staff.post(page, typed).status_code == 403
    assert not User.objects.get(pk=cast.outsider.pk).has_usable_password()


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
