"""Disconnecting over HTTP, and what a worker then does."""

from typing import Any
from uuid import UUID

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.tenancy.models import Tenant
from accounts.tenancy.scope import tenant_scope
from tests.emulator.thread import EmulatorThread
from tokens.connections.models.connection import GoogleConnection
from tokens.connections.models.revocation import Revocation
from tokens.connections.services.revocations import carry_out
from tokens.connections.unscoped import due_revocations


def address(row: GoogleConnection) -> str:
    return reverse("connection-disconnect", args=[row.tenant.slug, row.pk])


def disconnect(browser: Client, row: GoogleConnection) -> Any:
    """Press "Disconnect"; returns the answer to the form."""
    return browser.post(address(row))


def tell_google() -> int:
    """Do what a worker would do now; returns how many revocations were due."""
    due = due_revocations(timezone.now(), 100)
    for tenant_id, pk in due:
        with tenant_scope(Tenant.objects.get(pk=tenant_id)):
            carry_out(pk)
    return len(due)


def revocation_of(row: GoogleConnection) -> Revocation:
    return Revocation._base_manager.filter(connection=row).latest("created_at")


def as_stored(pk: UUID) -> GoogleConnection:
    return GoogleConnection._base_manager.select_related("tenant", "client").get(pk=pk)


def living_tokens(google: EmulatorThread) -> int:
    """How many refresh tokens Google would still accept."""
    return google.call(
        lambda world: sum(token.dies_at is None for token in world.state.refresh_tokens.values())
    )


def grants(google: EmulatorThread) -> int:
    """How many permissions Google knows of."""
    return google.call(lambda world: len(world.state.grants))
