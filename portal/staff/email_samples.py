"""Each mail with sample data, made as the product makes it. Nothing is stored or sent."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.core.mail import EmailMultiAlternatives

from accounts.authentication.adapters import AccountAdapter
from accounts.email.models import StaffMail
from accounts.members.models.invitation import Invitation
from accounts.members.models.mail import MemberMail, MemberNews
from accounts.members.roles import Role
from accounts.members.services.emails import member_email
from accounts.members.services.invitations import MadeInvitation, invitation_email
from accounts.offboarding.models.erasure import Erasure
from accounts.offboarding.models.mail import LeavingMail
from accounts.offboarding.services.emails import deletion_email
from accounts.offboarding.services.erasure import proof_email
from accounts.staff.services.emails import staff_email
from accounts.staff.services.error_reports import errors_mail
from accounts.tenancy.models import Tenant
from accounts.users.models import User
from provisioning.requests.models.attempt import AccountTicket
from provisioning.requests.models.mail import RequestMail, RequestNews, TermsMail
from provisioning.requests.models.request import ProvisioningRequest
from provisioning.requests.services.emails import request_email
from provisioning.requests.services.ticket_emails import terms_email
from tokens.clients.models.client import OAuthClient
from tokens.clients.models.mail import ClientMail
from tokens.clients.services.clients import refusal_mail
from tokens.clients.services.emails import own_refusal_email
from tokens.connections.models.connection import GoogleConnection
from tokens.connections.models.mail import ReconnectMail
from tokens.connections.models.reconnect_link import ReconnectLink
from tokens.connections.services.emails import reconnect_email
from tokens.connections.services.reconnect_links import MadeLink, link_email
from tokens.connections.states import ReconnectReason
from tokens.encryption.models.restore_hold import RestoreHold
from tokens.encryption.services.restore_hold import quarantine_mail, sealed_mail
from tokens.service_accounts.models.mail import ServiceAccountMail
from tokens.service_accounts.models.rotation import ServiceAccountRotation
from tokens.service_accounts.models.service_account import ServiceAccount
from tokens.service_accounts.services.emails import service_account_email
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
    """The mail `name` of `accounts.email.types.MAILS`.

    `theirs` is what somebody calls themselves in it: the organisation, or else the browser.

    Raises:
        KeyError: no mail is called that.
    """
    if "/" in name:
        context = {**_ALLAUTH, "email": _PERSON, "user_agent": theirs or _BROWSER}
        return AccountAdapter().render_mail(name, _PERSON, context)
    return _OURS[name](theirs or "Acme Agency")


def _tenant(name: str) -> Tenant:
    return Tenant(pk=_ID, name=name, slug="acme-agency")


def _person(name: str = "Olive Owner") -> User:
    return User(pk=_ID, email=_PERSON, name=name)


def _connection(organisation: str) -> GoogleConnection:
    return GoogleConnection(
        pk=_ID,
        tenant=_tenant(organisation),
        email="shop@gmail.example",
        reason=ReconnectReason.values[0],
    )


def _invitation(organisation: str) -> EmailMultiAlternatives:
    row = Invitation(
        tenant=_tenant(organisation),
        email=_PERSON,
        role=Role.ADMIN,
        invited_by=_person(),
        expires_at=_NOW + timedelta(hours=72),
    )
    return invitation_email(MadeInvitation(row, _ADDRESS))


def _reconnect_link(organisation: str) -> EmailMultiAlternatives:
    link = ReconnectLink(connection=_connection(organisation), expires_at=_NOW + timedelta(days=7))
    return link_email(MadeLink(link, _ADDRESS))


def _request(organisation: str) -> ProvisioningRequest:
    return ProvisioningRequest(
        pk=_ID,
        tenant=_tenant(organisation),
        connection=_connection(organisation),
        account_name="Bluebird Bakery",
        website_url="https://bluebird.example",
        created_by=_person(),
        updated_at=_NOW,
        problem="Google is not available just now. The portal tried 8 times.",
    )


def _terms(*, reminds: bool) -> Callable[[str], EmailMultiAlternatives]:
    def make(organisation: str) -> EmailMultiAlternatives:
        ticket = AccountTicket(request=_request(organisation), expires_at=_NOW + timedelta(hours=1))
        mail = TermsMail(pk=_ID, ticket=ticket, recipient=_person(), reminds=reminds)
        return terms_email(mail)

    return make


def _request_news(news: RequestNews) -> Callable[[str], EmailMultiAlternatives]:
    def make(organisation: str) -> EmailMultiAlternatives:
        request = _request(organisation)
        mail = RequestMail(pk=_ID, tenant=request.tenant, recipient=_person(), news=news)
        mail.request, mail.moment = request, _NOW
        return request_email([mail])

    return make


def _member(news: MemberNews, before: Role, after: str) -> Callable[[str], EmailMultiAlternatives]:
    def make(organisation: str) -> EmailMultiAlternatives:
        mail = MemberMail(pk=_ID, tenant=_tenant(organisation), recipient=_person(), news=news)
        mail.before, mail.after, mail.by = before, after, "Tim Teammate"
        return member_email(mail)

    return make


def _connection_broken(organisation: str) -> EmailMultiAlternatives:
    connection = _connection(organisation)
    mail = ReconnectMail(pk=_ID, tenant=connection.tenant, recipient=_person())
    mail.connection = connection
    return reconnect_email([mail])


def _service_account(*, rotates: bool) -> Callable[[str], EmailMultiAlternatives]:
    def make(organisation: str) -> EmailMultiAlternatives:
        tenant = _tenant(organisation)
        mail = ServiceAccountMail(pk=_ID, tenant=tenant, recipient=_person())
        mail.account = ServiceAccount(pk=_ID, tenant=tenant, email="robot@acme.example")
        mail.rotation = ServiceAccountRotation(pk=_ID) if rotates else None
        mail.why = str((RotationFailure.LIMIT if rotates else RotationFailure.OLD_REFUSED).label)
        return service_account_email(mail)

    return make


def _deletion(asked_at: datetime | None) -> Callable[[str], EmailMultiAlternatives]:
    def make(organisation: str) -> EmailMultiAlternatives:
        tenant = _tenant(organisation)
        tenant.deleted_at = asked_at
        mail = LeavingMail(pk=_ID, tenant=tenant, recipient=_person(), asked_at=asked_at)
        mail.by = _person().display_name
        return deletion_email(mail)

    return make


def _organisation_deleted(organisation: str) -> EmailMultiAlternatives:
    erasure = Erasure(
        organisation=_ID,
        asked_at=_NOW - timedelta(days=14),
        shredded_at=_NOW,
        finished_at=_NOW,
        keys=[{"id": "acme-1", "wrapped_by": "k1"}],
        revocations={"confirmed": 2, "kept": 1, "given_up": 1},
        rows={"accounts.Membership": 3, "tokens.GoogleConnection": 4},
        letter={"name": organisation},
    )
    erasure.digest = erasure.hashed()
    return proof_email(erasure, _PERSON)


def _client_refused(organisation: str) -> EmailMultiAlternatives:
    client = OAuthClient(pk=_ID, name=organisation, client_id="123.apps.googleusercontent.com")
    why = "Google does not accept the id or the secret of this client."
    return staff_email(_stored(refusal_mail(client, why, uploaded=False)))


def _own_client_refused(organisation: str) -> EmailMultiAlternatives:
    mail = ClientMail(pk=_ID, tenant=_tenant(organisation), recipient=_person())
    mail.client = OAuthClient(pk=_ID, name=organisation, client_id="123.apps.googleusercontent.com")
    mail.why = "Google does not accept the secret."
    return own_refusal_email(mail)


def _portal_sealed(_: str) -> EmailMultiAlternatives:
    why = "Master key 0f3a5c7e9b1d is not in FIELD_ENCRYPTION_KEY, but stored secrets may need it."
    return staff_email(_stored(sealed_mail(why)))


def _quarantine_stays(_: str) -> EmailMultiAlternatives:
    return staff_email(_stored(quarantine_mail(RestoreHold(pk=_ID, failed=3, opened=997))))


def _server_errors(organisation: str) -> EmailMultiAlternatives:
    mail = errors_mail()
    one = "1 time KeyError at portal/pages/views/home.py:41 home, since 2027-03-01 08:14 UTC"
    mail.said = {
        "total": 14,
        "kinds": [f"13 times {organisation} at portal/pages/views/home.py:70 home (GET home)", one],
        "more": 2,
    }
    return staff_email(_stored(mail))


def _stored(mail: StaffMail) -> StaffMail:
    mail.pk = _ID
    return mail


_OURS: dict[str, Callable[[str], EmailMultiAlternatives]] = {
    "invitation": _invitation,
    "reconnect_link": _reconnect_link,
    "terms_again": _terms(reminds=False),
    "terms_waiting": _terms(reminds=True),
    "request_failed": _request_news(RequestNews.FAILED),
    "request_ending": _request_news(RequestNews.ENDING),
    "connection_broken": _connection_broken,
    "role_changed": _member(MemberNews.ROLE_CHANGED, Role.VIEWER, Role.ADMIN),
    "member_removed": _member(MemberNews.REMOVED, Role.ADMIN, ""),
    "ownership_received": _member(MemberNews.MADE_OWNER, Role.ADMIN, Role.OWNER),
    "service_account_refused": _service_account(rotates=False),
    "rotation_stopped": _service_account(rotates=True),
    "deletion_requested": _deletion(_NOW),
    "deletion_cancelled": _deletion(None),
    "organisation_deleted": _organisation_deleted,
    "own_client_refused": _own_client_refused,
    "client_refused": _client_refused,
    "portal_sealed": _portal_sealed,
    "quarantine_stays": _quarantine_stays,
    "server_errors": _server_errors,
}
