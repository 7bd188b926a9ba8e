"""Makes the demo's people and their organisation. Safe to run again."""

from typing import Any

from allauth.account.models import EmailAddress
from django.core.management.base import BaseCommand

from accounts.audit.recording import Actor, by_worker
from accounts.members.services.tenants import create_tenant
from accounts.tenancy.models import Tenant
from accounts.users.models import User

OWNER = ("owner@demo.example", "demo-owner-password", "Olive Owner")
STAFF = ("staff@demo.example", "demo-staff-password", "Stan Staff")
TENANT = "Acme Agency"


class Command(BaseCommand):
    """Creates an owner with an organisation, and a staff member, unless they exist."""

    help = __doc__ or ""

    def handle(self, *args: Any, **options: Any) -> None:
        actor = by_worker()
        owner = _person(*OWNER)
        staff = _person(*STAFF)
        User.objects.filter(pk=staff.pk).update(is_staff=True, is_superuser=True)
        _organisation(owner, actor)


def _person(email: str, password: str, name: str) -> User:
    user = User.objects.filter(email=email).first()
    if user is None:
        user = User.objects.create_user(email, password, name=name)
    EmailAddress.objects.get_or_create(
        user=user, email=email, defaults={"verified": True, "primary": True}
    )
    return user


def _organisation(owner: User, actor: Actor) -> None:
    if not Tenant.objects.of(owner).exists():
        create_tenant(name=TENANT, owner=owner, actor=actor)
