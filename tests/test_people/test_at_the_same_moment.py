"""Fifty people do the same thing in the same moment."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from allauth.account.models import EmailAddress
from django.db import connections

from accounts.audit import by_worker
from accounts.models import Invitation, Membership, User
from accounts.roles import Role
from accounts.services.invitations import NotUsable, accept, invite
from accounts.services.leaving import LastOwner
from accounts.services.members import remove_member
from accounts.services.tenants import add_member
from accounts.tenancy import tenant_scope
from tests.cast import Cast, make_cast

pytestmark = pytest.mark.django_db(transaction=True)
MANY = 50


def together(acts: list[Callable[[], bool]]) -> int:
    """Start all of them at once; returns how many succeeded."""
    gate = threading.Barrier(len(acts))

    def run(act: Callable[[], bool]) -> bool:
        try:
            gate.wait(timeout=30)
            return act()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(acts)) as pool:
        return sum(pool.map(run, acts))


def test_one_of_fifty_redeems_an_invitation() -> None:
    cast = make_cast()
    nina = User.objects.create_user("nina@new.example")
    EmailAddress.objects.create(user=nina, email=nina.email, verified=True, primary=True)
    with tenant_scope(cast.tenant):
        made = invite(cast.tenant, [nina.email], Role.VIEWER, by_worker())

    def redeem() -> bool:
        with tenant_scope(cast.tenant):
            try:
                accept(Invitation.objects.get(pk=made[0].invitation.pk), nina, by_worker())
            except NotUsable:
                return False
            return True

    assert together([redeem] * MANY) == 1
    assert Membership.objects.filter(user=nina).count() == 1


def test_of_fifty_owners_who_leave_together_one_stays() -> None:
    cast: Cast = make_cast()
    for number in range(MANY - 1):
        user = User.objects.create_user(f"o{number}@acme.example")
        add_member(tenant=cast.tenant, user=user, role=Role.OWNER, actor=by_worker())
    owners = Membership.objects.filter(tenant=cast.tenant, role=Role.OWNER)

    def leave(row: Membership) -> Callable[[], bool]:
        def go() -> bool:
            with tenant_scope(cast.tenant):
                try:
                    remove_member(row, by_worker())
                except LastOwner:
                    return False
                return True

        return go

    assert together([leave(row) for row in owners.all()]) == MANY - 1
    assert owners.all().count() == 1
