"""The cast: who appears in the tests, and what they are to each other."""

from dataclasses import dataclass

from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.models import Authenticator
from django.test import Client, RequestFactory

from accounts.audit.recording import by_worker
from accounts.members.roles import Role
from accounts.members.services.tenants import add_member, create_tenant
from accounts.tenancy.models import Tenant
from accounts.users.models import User


@dataclass(frozen=True, slots=True)
class Cast:
    """Olive owns Acme, Tim is her teammate, Vera may only look; Otto must never get in."""

    tenant: Tenant
    owner: User
    teammate: User
    viewer: User
    outsider: User
    elsewhere: Tenant


def make_cast() -> Cast:
    """Bring everybody on stage."""
    olive = User.objects.create_user("olive@acme.example", name="Olive Owner")
    tim = User.objects.create_user("tim@acme.example", name="Tim Teammate")
    vera = User.objects.create_user("vera@acme.example", name="Vera Viewer")
    otto = User.objects.create_user("otto@other.example", name="Otto Outsider")
    acme = create_tenant(name="Acme Agency", owner=olive, actor=by_worker())
    add_member(tenant=acme, user=tim, role=Role.ADMIN, actor=by_worker())
    add_member(tenant=acme, user=vera, role=Role.VIEWER, actor=by_worker())
    other = create_tenant(name="Other Ltd", owner=otto, actor=by_worker())
    return Cast(acme, olive, tim, vera, otto, other)


def signed_in(user: User) -> Client:
    """A browser in which `user` is signed in."""
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def with_second_step(user: User) -> Client:
    """A browser in which `user` is signed in and has taken a second step, as staff must."""
    row, _ = Authenticator.objects.get_or_create(user=user, type="totp", defaults={"data": {}})
    browser = signed_in(user)
    request = RequestFactory().get("/")
    request.session = browser.session
    record_authentication(request, user, "mfa", id=row.pk, type=row.type)
    request.session.save()
    return browser
