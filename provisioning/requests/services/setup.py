"""Configuring → completed: property and web stream, each looked for before it is created."""

from collections.abc import Callable

from django.db import transaction
from django.utils import timezone

from accounts.audit.recording import by_google, record
from provisioning.analytics.backends import Backend
from provisioning.analytics.google.backend import AnalyticsBackend, Made
from provisioning.analytics.google.backends import open_backend
from provisioning.analytics.google.options import Options
from provisioning.analytics.google.quotas import STEP
from provisioning.events import Event
from provisioning.requests.display import in_words
from provisioning.requests.models.account import ProvisionedAccount, SetupStep, StepKind, StepStatus
from provisioning.requests.models.request import ProvisioningRequest
from provisioning.requests.services.failures import lose_connection, retry_at, verdict, wait_or_fail
from provisioning.requests.services.leases import extend
from provisioning.requests.services.throttling import may_call, record_limit
from provisioning.requests.services.tickets import spec_of, subject_of
from provisioning.requests.services.transitions import change_status
from provisioning.requests.states import Status
from tokens.connections.services.access_token import ConnectionUnusable, with_access
from tokens.google.errors import ErrorKind, GoogleError
from tokens.google.retry import SETUP
from tokens.google.scopes import ANALYTICS_MANAGE_USERS

Ensure = Callable[[str, ProvisioningRequest, ProvisionedAccount], Made]


def _property(token: str, request: ProvisioningRequest, account: ProvisionedAccount) -> Made:
    return _api(token, request).ensure_property(account.account_id, spec_of(request))


def _web_stream(token: str, request: ProvisioningRequest, account: ProvisionedAccount) -> Made:
    api = _api(token, request)
    return api.ensure_stream(account.account_id, account.property_id, spec_of(request))


def _retention(token: str, request: ProvisioningRequest, account: ProvisionedAccount) -> Made:
    options = Options(token, subject_of(request))
    return options.ensure_retention(account.property_id, request.event_retention)


def _access(token: str, request: ProvisioningRequest, account: ProvisionedAccount) -> Made:
    options = Options(token, subject_of(request))
    return options.ensure_access(account.account_id, request.access_email, request.access_role)


def _api(token: str, request: ProvisioningRequest) -> AnalyticsBackend:
    return open_backend(request.backend, token, subject_of(request))


ENSURE: dict[StepKind, Ensure] = {
    StepKind.PROPERTY: _property,
    StepKind.WEB_STREAM: _web_stream,
    StepKind.VIEW: _web_stream,
    StepKind.RETENTION: _retention,
    StepKind.ACCESS: _access,
}
# What an account is complete without.
OPTIONS = frozenset({StepKind.RETENTION, StepKind.ACCESS})
OWN_SCOPES = {StepKind.ACCESS: ANALYTICS_MANAGE_USERS}
PLANS: dict[Backend, tuple[StepKind, ...]] = {
    Backend.GA4: (StepKind.PROPERTY, StepKind.WEB_STREAM),
    Backend.V3: (StepKind.PROPERTY, StepKind.VIEW),
}


def plan(request: ProvisioningRequest) -> None:
    """Write down what is to be set up, inside the transaction that confirms the account."""
    kinds = [*PLANS[Backend(request.backend)], *_options(request)]
    for order, kind in enumerate(kinds, start=1):
        SetupStep.objects.create(
            tenant_id=request.tenant_id, request=request, kind=kind, order=order
        )


def _options(request: ProvisioningRequest) -> list[StepKind]:
    if request.backend != Backend.GA4:
        return []
    wanted = {
        StepKind.RETENTION: request.event_retention,
        StepKind.ACCESS: request.access_email,
    }
    return [kind for kind, value in wanted.items() if value]


def configure(request: ProvisioningRequest) -> None:
    """Run every step that is not done, in order; complete when none is left but options."""
    for step in request.steps.exclude(status__in=(StepStatus.DONE, StepStatus.LEFT_OUT)):
        if not _run(request, step):
            return
    change_status(
        request,
        Status.COMPLETED,
        reason=_ready(request),
        actor=by_google(),
    )


def _ready(request: ProvisioningRequest) -> str:
    """The sentence for the timeline, naming what there is."""
    made = [
        step.get_kind_display().lower() for step in request.steps.all() if step.kind not in OPTIONS
    ]
    return f"{in_words(['Account', *made])} exist and are verified"


def _run(request: ProvisioningRequest, step: SetupStep) -> bool:
    account = request.account
    kind = StepKind(step.kind)
    if request.connection is None or not may_call(request, STEP):
        return False

    def call(token: str) -> Made:
        return ENSURE[kind](token, request, account)

    try:
        made = with_access(request.connection, call, own=OWN_SCOPES.get(kind, ""))
    except ConnectionUnusable:
        lose_connection(request)
    except GoogleError as error:
        record_limit(request, error, STEP)
        return _failed(request, step, error)
    else:
        _done(request, step, account, made)
        return True
    return False


@transaction.atomic
def _failed(request: ProvisioningRequest, step: SetupStep, error: GoogleError) -> bool:
    """Write the failure down; True when the set-up goes on without this step."""
    step.tries += 1
    optional = step.kind in OPTIONS
    hopeless = error.permanent or retry_at(SETUP, step.tries) is None
    left_out = optional and hopeless
    step.status = StepStatus.LEFT_OUT if left_out else StepStatus.FAILING
    step.problem = _why(error)[:300] if left_out else str(error)[:300]
    step.save(update_fields=["status", "problem", "tries"])
    if left_out:
        extend(request)
        record(Event.OPTION_LEFT_OUT, by_google(), target=request, step=step.kind)
    else:
        wait_or_fail(request, error, SETUP)
    return left_out


def _why(error: GoogleError) -> str:
    if error.kind is ErrorKind.SCOPE_MISSING:
        return (
            "The Google account did not grant the permission to manage who may use its accounts. "
            "Connect it again to grant that, or give access in Google Analytics yourself."
        )
    return verdict(error)[1]


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
    elif step.kind not in OPTIONS:
        account.stream_id = made.google_id
    account.measurement_id = made.measurement_id or account.measurement_id
    account.save(update_fields=["property_id", "property_name", "stream_id", "measurement_id"])
