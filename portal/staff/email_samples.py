"""Each e-mail with sample data, made as the product makes it. Nothing is stored or sent."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.core.mail import EmailMultiAlternatives
from django.db import models

from accounts.authentication.adapters import AccountAdapter
from accounts.email.models import QueuedEmail
from accounts.email.services.kinds import KINDS
from accounts.members.models.invitation import Invitation
from accounts.members.roles import Role
from accounts.offboarding.models import Erasure
from accounts.tenancy.models import Tenant
from accounts.users.models import User
from provisioning.requests.models.attempt import AccountTicket
from provisioning.requests.models.request import ProvisioningRequest
from tokens.clients.models.client import OAuthClient
from tokens.connections.models.connection import GoogleConnection
from tokens.connections.models.reconnect_link import ReconnectLink
from tokens.connections.states import ReconnectReason
from tokens.service_accounts.models.service_account import ServiceAccount
from tokens.service_accounts.states import RotationFailure

_NOW = datetime(2027, 3, 1, 9, 30, tzinfo=UTC)
_ID = UUID("00000000-0000-4000-8000-000000000000")
_PERSON = "pat@agency.example"
_ADDRESS = "https://portal.example/sample/"
# What allauth hands to its templates.
_BROWSER = "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0"
_ALLAUTH = {
    "code": "ABCD-2345",
    "password_reset_url": _ADDRESS,
    "signup_url": _ADDRESS,
    "timestamp": _NOW,
    "ip": "203.0.113.7",
    "from_email": _PERSON,
    "to_email": "patricia@agency.example",
    "deleted_email": _PERSON,
    "provider": "Google",
}


def sample(name: str, theirs: str = "") -> EmailMultiAlternatives:
    """The e-mail that is called `name`, as `accounts.email.services.kinds.every_type` has it.

    `theirs` is what somebody calls themselves in it: the organisation, or else the browser.

    Raises:
        KeyError: none is called that.
    """
    if "/" in name:
        context = {**_ALLAUTH, "email": _PERSON, "user_agent": theirs or _BROWSER}
        return AccountAdapter().render_mail(name, _PERSON, context)
    tenant = Tenant(pk=_ID, name=theirs or "Acme Agency", slug="acme-agency")
    target, data = _SAMPLES[name](tenant)
    email = QueuedEmail(pk=_ID, tenant=tenant, kind=name, recipient=_person(), data=data)
    return KINDS[name].write([email], [target or email])


# What an e-mail tells of, and what it keeps itself.
Sample = tuple[models.Model | None, dict[str, Any]]


def _person() -> User:
    return User(pk=_ID, email=_PERSON, name="Olive Owner")


def _connection(tenant: Tenant) -> GoogleConnection:
    reason = ReconnectReason.values[0]
    return GoogleConnection(pk=_ID, tenant=tenant, email="shop@gmail.example", reason=reason)


def _connection_broken(tenant: Tenant) -> Sample:
    return _connection(tenant), {}


def _reconnect_link(tenant: Tenant) -> Sample:
    ends = _NOW + timedelta(days=7)
    return ReconnectLink(pk=_ID, connection=_connection(tenant), expires_at=ends), {}


def _invitation(tenant: Tenant) -> Sample:
    row = Invitation(pk=_ID, tenant=tenant, email=_PERSON, role=Role.ADMIN, invited_by=_person())
    row.expires_at = _NOW + timedelta(hours=72)
    return row, {}


def _request(tenant: Tenant) -> ProvisioningRequest:
    return ProvisioningRequest(
        pk=_ID,
        tenant=tenant,
        connection=_connection(tenant),
        account_name="Bluebird Bakery",
        website_url="https://bluebird.example",
        created_by=_person(),
        updated_at=_NOW,
        problem="Google is not available just now. The portal tried 8 times.",
    )


def _stopped(tenant: Tenant) -> Sample:
    return _request(tenant), {}


def _terms(tenant: Tenant) -> Sample:
    return AccountTicket(request=_request(tenant), expires_at=_NOW + timedelta(hours=1)), {}


def _member(before: Role, after: str) -> Callable[[Tenant], Sample]:
    return lambda _: (_person(), {"before": before, "after": after, "by": "Tim Teammate"})


def _deletion(asked_at: datetime | None) -> Callable[[Tenant], Sample]:
    def make(tenant: Tenant) -> Sample:
        tenant.deleted_at = asked_at
        return tenant, {"by": _person().display_name}

    return make


def _organisation_deleted(tenant: Tenant) -> Sample:
    erasure = Erasure(
        organisation=_ID,
        asked_at=_NOW - timedelta(days=14),
        shredded_at=_NOW,
        finished_at=_NOW,
        keys=[{"id": "acme-1", "wrapped_by": "k1"}],
        revocations={"confirmed": 2, "kept": 1, "given_up": 1},
        rows={"accounts.Membership": 3, "tokens.GoogleConnection": 4},
    )
    erasure.digest = erasure.hashed()
    return erasure, {"name": tenant.name, "to_address": _PERSON}


def _service_account(why: RotationFailure) -> Callable[[Tenant], Sample]:
    def make(tenant: Tenant) -> Sample:
        account = ServiceAccount(pk=_ID, tenant=tenant, email="robot@acme.example")
        return account, {"why": str(why.label)}

    return make


def _own_client(tenant: Tenant) -> Sample:
    client = OAuthClient(pk=_ID, name=tenant.name, client_id="123.apps.googleusercontent.com")
    return client, {"why": "Google does not accept the secret."}


def _staff(path: str, **said: object) -> Callable[[Tenant], Sample]:
    return lambda _: (None, {"path": path, "said": said})


def _client_refused(tenant: Tenant) -> Sample:
    why = "Google does not accept the id or the secret of this client."
    return _staff("/admin/", client=tenant.name, why=why)(tenant)


def _server_errors(tenant: Tenant) -> Sample:
    kinds = [
        f"13 times {tenant.name} at portal/pages/views/home.py:70 home (GET home)",
        "1 time KeyError at portal/pages/views/home.py:41 home, since 2027-03-01 08:14 UTC",
    ]
    return _staff("/admin/", total=14, kinds=kinds, more=2)(tenant)


_SAMPLES: dict[str, Callable[[Tenant], Sample]] = {
    "invitation": _invitation,
    "reconnect_link": _reconnect_link,
    "terms_again": _terms,
    "terms_waiting": _terms,
    "request_failed": _stopped,
    "request_ending": _stopped,
    "connection_broken": _connection_broken,
    "role_changed": _member(Role.VIEWER, Role.ADMIN),
    "member_removed": _member(Role.ADMIN, ""),
    "ownership_received": _member(Role.ADMIN, Role.OWNER),
    "service_account_refused": _service_account(RotationFailure.OLD_REFUSED),
    "rotation_stopped": _service_account(RotationFailure.LIMIT),
    "deletion_requested": _deletion(_NOW),
    "deletion_cancelled": _deletion(None),
    "organisation_deleted": _organisation_deleted,
    "own_client_refused": _own_client,
    "client_refused": _client_refused,
    "portal_sealed": _staff(
        "/admin/",
        why="Master key 0f3a5c7e9b1d is missing, but stored secrets may need it.",
    ),
    "quarantine_stays": _staff("/admin/", failed=3, all=1000),
    "server_errors": _server_errors,
}
