"""What `manage.py doctor` looks at: the installation, and each tenant's credentials in a line."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from accounts.tenancy.models import Tenant
from accounts.tenancy.scope import tenant_scope
from portal.operations.heartbeat import is_alive, seconds_since_beat
from provisioning.requests.unscoped import due_requests
from tokens.api_keys.models import ApiKey
from tokens.api_keys.services import api_keys
from tokens.clients.services.clients import credentials_of, known_portal_client
from tokens.connections.models.connection import GoogleConnection
from tokens.connections.unscoped import due_revocations, overdue_refreshes, paused_clients
from tokens.diagnostics.rules.use import TOLERATED_SKEW
from tokens.diagnostics.services import examine
from tokens.encryption.availability import PortalSealed, key_availability
from tokens.encryption.sealing import SecretUnreadable, check_keys
from tokens.google.errors import GoogleError
from tokens.service_accounts.models.service_account import ServiceAccount
from tokens.service_accounts.services import service_accounts
from tokens.service_accounts.services.service_accounts import active_key

_COUNTED = 1_000
_LATE = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that was looked at: `ok`, `warn` or `bad`, and what was seen."""

    tone: str
    name: str
    seen: str

    @property
    def is_red(self) -> bool:
        """Whether somebody has to do something about it."""
        return self.tone == "bad"


def installation(skew: float | None) -> Iterator[Line]:
    """The building: clock, client, addresses, workers, what waits."""
    yield _clock(skew)
    yield _master_keys()
    yield _client()
    for name, path in _REDIRECTS:
        yield Line("ok", name, f"{settings.BASE_URL}{path}")
    yield _worker()
    yield _backlog()


_REDIRECTS = (
    ("redirect URI to register", "/google/callback/"),
    ("redirect URI to register", "/google/terms/"),
    ("sign-in client's redirect URI", "/accounts/google/login/callback/"),
)


def _clock(skew: float | None) -> Line:
    if skew is None:
        return Line("bad", "clock", "Google could not be asked, so the clock was not measured.")
    tone = "bad" if abs(skew) > TOLERATED_SKEW else "ok"
    return Line(tone, "clock", f"{skew:+.1f} seconds beside Google's")


def _master_keys() -> Line:
    now = key_availability()
    if now.may_work:
        return Line("ok", "master keys", "all here")
    return Line("warn" if now.is_open else "bad", "master keys", now.why)


def _client() -> Line:
    client = known_portal_client()
    if client is None:
        return Line(
            "bad",
            "OAuth client",
            "GOOGLE_CLIENT_ID or GOOGLE_CLIENT_SECRET is empty, and no client was uploaded.",
        )
    paused = paused_clients()
    if paused:
        return Line("bad", "OAuth client", f"paused: {'; '.join(paused)}")
    try:
        secrets = credentials_of(client).secrets
    except (GoogleError, PortalSealed) as error:
        return Line("bad", "OAuth client", f"{client.client_id}: {error}")
    if not all(one.value for one in secrets):
        return Line("bad", "OAuth client", "GOOGLE_CLIENT_ID or GOOGLE_CLIENT_SECRET is empty.")
    origin = "" if settings.GOOGLE_CLIENT_ID else ", uploaded by staff"
    return Line("ok", "OAuth client", f"{client.client_id}{origin}")


def _worker() -> Line:
    seconds = seconds_since_beat()
    if seconds is None:
        return Line("bad", "worker", "No worker has ever said that it is alive.")
    seen = f"last sign of life {seconds:.0f} seconds ago"
    return Line("ok" if is_alive() else "bad", "worker", seen)


def _backlog() -> Line:
    late = timezone.now() - _LATE
    waiting = {
        "requests": len(due_requests(late, _COUNTED)),
        "refreshes": overdue_refreshes(late),
        "revocations": len(due_revocations(late, _COUNTED)),
    }
    seen = ", ".join(f"{count} {name}" for name, count in waiting.items())
    tone = "warn" if any(waiting.values()) else "ok"
    return Line(tone, "overdue for ten minutes", seen)


def tenant_lines(tenant: Tenant, skew: float | None) -> Iterator[Line]:
    """One tenant: its keys, each connection, service account and API key in a line."""
    with tenant_scope(tenant):
        yield _keys(tenant)
        for row in GoogleConnection.objects.select_related("client"):
            diagnosis = examine(row, skew=skew)
            yield Line(diagnosis.tone, f"{tenant.slug} {row.email}", diagnosis.verdict)
        for account in ServiceAccount.objects.all():
            tone, seen = _service_account(account)
            yield Line(tone, f"{tenant.slug} {account.email}", seen)
        for key in ApiKey.objects.all():
            tone, seen = _api_key(key)
            yield Line(tone, f"{tenant.slug} API key {key}", seen)


def _asked(problem_of: Callable[[], str]) -> tuple[str, str] | None:
    """What is wrong by Google's answer just now: nothing else shows whether a key lives."""
    try:
        problem = problem_of()
    except GoogleError as error:
        return "warn", f"Google could not be asked. {error}"
    except (PortalSealed, SecretUnreadable) as error:
        return "bad", str(error)
    return ("bad", problem) if problem else None


def _service_account(account: ServiceAccount) -> tuple[str, str]:
    if wrong := _asked(lambda: service_accounts.ask_google(account)):
        return wrong
    key = active_key(account)
    if key.is_old:
        days = settings.CREDENTIAL_MAX_AGE_DAYS
        return "warn", f"The key works, and is older than {days} days. Rotate it."
    if account.orphans:
        many = len(account.orphans)
        return "warn", f"The key works. Google lists {many} more that nobody here holds."
    return "ok", "The key works."


def _api_key(row: ApiKey) -> tuple[str, str]:
    if wrong := _asked(lambda: api_keys.ask_google(row)):
        return wrong
    if row.of_another_project:
        return "warn", f"The key works, and is not of {row.project}, so it is not sent."
    if row.is_old:
        days = settings.CREDENTIAL_MAX_AGE_DAYS
        return "warn", f"The key works, and is older than {days} days. Replace it."
    return "ok", "The key works."


def _keys(tenant: Tenant) -> Line:
    name = f"{tenant.slug} keys"
    try:
        count = check_keys(tenant.pk)
    except (PortalSealed, SecretUnreadable) as error:
        return Line("bad", name, str(error))
    return Line("ok", name, f"{count} open" if count else "none yet")
