"""Details kept while the person is somewhere else: begun, taken up again, changed, sent."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.audit.recording import Actor, differing, record
from accounts.tenancy.models import Tenant
from provisioning.analytics.backends import Backend
from provisioning.analytics.google.backend import AccountSpec
from provisioning.events import Event
from provisioning.requests.models.attempt import AttemptResult
from provisioning.requests.models.request import ProvisioningRequest
from provisioning.requests.services.attempts import end_attempt
from provisioning.requests.services.resume import resume_point
from provisioning.requests.services.transitions import (
    TooLate,
    UnlawfulMove,
    change_status,
    first_change,
)
from provisioning.requests.states import EDITABLE, Status
from provisioning.requests.unscoped import connected_flows
from tokens.connections.models.connection import GoogleConnection


@transaction.atomic
def begin_draft(
    *,
    tenant: Tenant,
    known: Mapping[str, str],
    connection: GoogleConnection | None,
    submission: UUID,
    actor: Actor,
    backend: Backend,
) -> ProvisioningRequest:
    """A request of which only some details are known yet; the same form makes the same draft."""
    request, created = ProvisioningRequest.objects.get_or_create(
        tenant=tenant,
        submission=submission,
        defaults={
            **known,
            "backend": backend,
            "connection": connection,
            "created_by": actor.user,
        },
    )
    if created:
        first_change(request, reason="Begun; the details are asked for next", actor=actor)
    return request


def connection_of(request: ProvisioningRequest) -> GoogleConnection | None:
    """The Google account of a draft: the chosen one, or the one its flow has connected."""
    if request.connection is not None or request.authorization_id is None:
        return request.connection
    flow = connected_flows(request.authorization_id).select_related("connection").last()
    return flow.connection if flow else None


def may_change(request: ProvisioningRequest) -> bool:
    """Whether the details may still be changed: nothing of them exists at Google."""
    return request.status in EDITABLE and resume_point(request) is Status.QUEUED


@transaction.atomic
def save_details(
    request: ProvisioningRequest,
    spec: AccountSpec,
    connection: GoogleConnection | None,
    actor: Actor,
) -> None:
    """Write the details, and go on: with a connection to Google, without one to connecting.

    Raises:
        UnlawfulMove: something of it exists at Google, or it runs just now.
        TooLate: it has moved meanwhile.
    """
    if not may_change(request):
        raise UnlawfulMove(f"The details of a request that is {request.status} stay as they are.")
    details = asdict(spec)
    changed = _changes(request, details, connection)
    if connection is not None:
        end_attempt(request, AttemptResult.CANCELLED)
        change_status(
            request,
            Status.QUEUED,
            reason="Details saved",
            actor=actor,
            due_at=timezone.now(),
            connection=connection,
            **details,
        )
    elif request.status == Status.DRAFT:
        change_status(request, Status.AUTHORIZING, reason="Details saved", actor=actor, **details)
    elif request.status == Status.AUTHORIZING:
        _rewrite(request, details)
    else:
        raise UnlawfulMove("A Google account has to be chosen.")
    if changed:
        record(Event.DETAILS_CHANGED, actor, target=request, **changed)


def _changes(
    request: ProvisioningRequest, details: dict[str, str], connection: GoogleConnection | None
) -> dict[str, Any]:
    before = {name: getattr(request, name) for name in details}
    if connection is None:
        return differing(before, details)
    had = request.connection.email if request.connection else ""
    return differing(
        {**before, "google_account": had}, {**details, "google_account": connection.email}
    )


def _rewrite(request: ProvisioningRequest, details: dict[str, str]) -> None:
    written = ProvisioningRequest.objects.filter(
        pk=request.pk, status=request.status, fencing_token=request.fencing_token
    ).update(updated_at=timezone.now(), **details)
    if not written:
        raise TooLate(f"{request.pk} has moved")
    request.refresh_from_db()
