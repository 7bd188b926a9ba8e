"""Configuring → completed: property and web stream, each looked for before it is created."""

from collections.abc import Callable

from django.db import transaction
from django.utils import timezone

from accounts.audit import by_google
from provisioning.google.dialect import DialectApi, Made
from provisioning.google.dialects import open_dialect
from provisioning.models import ProvisionedAccount, ProvisioningRequest, SetupStep
from provisioning.models.account import StepKind, StepStatus
from provisioning.services.leases import extend
from provisioning.services.moves import move
from provisioning.services.setbacks import lose_connection, wait_or_fail
from provisioning.services.tickets import subject_of, wish_of
from provisioning.states import Status
from tokens.google.errors import GoogleError
from tokens.retry import SETUP
from tokens.services.access import ConnectionUnusable, with_access

Ensure = Callable[[DialectApi, ProvisioningRequest, ProvisionedAccount], Made]


def _property(api: DialectApi, request: ProvisioningRequest, account: ProvisionedAccount) -> Made:
    return api.ensure_property(account.account_id, wish_of(request))


def _web_stream(api: DialectApi, request: ProvisioningRequest, account: ProvisionedAccount) -> Made:
    return api.ensure_stream(account.property_id, wish_of(request))


ENSURE: dict[StepKind, Ensure] = {
    StepKind.PROPERTY: _property,
    StepKind.WEB_STREAM: _web_stream,
}


def configure(request: ProvisioningRequest) -> None:
    """Run every step that is not done, in order; complete when none is left."""
    for step in request.steps.exclude(status=StepStatus.DONE):
        if not _run(request, step):
            return
    move(
        request,
        Status.COMPLETED,
        reason="Account, property and web stream exist and are verified",
        actor=by_google(),
    )


def _run(request: ProvisioningRequest, step: SetupStep) -> bool:
    account = request.account
    ensure = ENSURE[StepKind(step.kind)]
    if request.connection is None:
        return False

    def call(token: str) -> Made:
        api = open_dialect(request.dialect, token, subject_of(request))
        return ensure(api, request, account)

    try:
        made = with_access(request.connection, call)
    except ConnectionUnusable:
        lose_connection(request)
    except GoogleError as error:
        _failed(request, step, error)
    else:
        _done(request, step, account, made)
        return True
    return False


@transaction.atomic
def _failed(request: ProvisioningRequest, step: SetupStep, error: GoogleError) -> None:
    step.status, step.problem = StepStatus.FAILING, str(error)[:300]
    step.tries += 1
    step.save(update_fields=["status", "problem", "tries"])
    wait_or_fail(request, error, SETUP)


@transaction.atomic
def _done(
    request: ProvisioningRequest, step: SetupStep, account: ProvisionedAccount, made: Made
) -> None:
    extend(request)
    step.status, step.problem = StepStatus.DONE, ""
    step.google_name, step.finished_at = made.google_id, timezone.now()
    step.tries += 1
    step.save(update_fields=["status", "problem", "google_name", "finished_at", "tries"])
    if step.kind == StepKind.PROPERTY:
        account.property_id, account.property_name = made.google_id, request.property_name
    else:
        account.stream_id, account.measurement_id = made.google_id, made.measurement_id
    account.save(update_fields=["property_id", "property_name", "stream_id", "measurement_id"])
