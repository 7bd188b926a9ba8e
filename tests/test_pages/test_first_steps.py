"""First steps on home: honest after reload; the last one is left out by whoever works alone."""

import pytest
from allauth.account.models import EmailAddress
from django.test import Client
from django.urls import reverse

from accounts.audit.recording import by_worker
from accounts.members.models.membership import Membership
from accounts.members.roles import Role
from accounts.members.services.invitations import accept, invite
from accounts.members.services.tenants import add_member, create_tenant
from accounts.tenancy.models import Tenant
from accounts.tenancy.scope import tenant_scope
from tests.cast import Cast, signed_in
from tests.emulator.thread import EmulatorThread
from tests.journeys import answer_terms, connected, new_request, work
from tests.rows import connection_row

STEP = "Invite a colleague"


@pytest.fixture
def alone(cast: Cast) -> Tenant:
    """An organisation in which nobody is but its owner."""
    return create_tenant(name="Solo Studio", owner=cast.owner, actor=by_worker())


def home(browser: Client, tenant: Tenant) -> str:
    return browser.get(tenant.get_absolute_url()).content.decode()


def leave_out(browser: Client, tenant: Tenant) -> int:
    return browser.post(reverse("works-alone", args=[tenant.slug])).status_code


def test_the_last_step_invites_a_colleague_and_says_that_it_is_optional(
    owner_browser: Client, alone: Tenant
) -> None:
    page = home(owner_browser, alone)
    labels = ("Create your organisation", "Connect a Google account", "Create your first", STEP)
    places = [page.index(label) for label in labels]
    assert places == sorted(places)
    assert "Optional. They can take over" in page
    assert page.count(">Skip<") == 1


def test_with_a_second_member_it_is_gone(owner_browser: Client, cast: Cast, alone: Tenant) -> None:
    add_member(tenant=alone, user=cast.teammate, role=Role.VIEWER, actor=by_worker())
    assert STEP not in home(owner_browser, alone)
    Membership.objects.filter(tenant=alone, user=cast.teammate).delete()
    assert STEP in home(owner_browser, alone)


def test_who_has_invited_somebody_sees_it_ticked_until_they_are_here(
    owner_browser: Client, cast: Cast, alone: Tenant
) -> None:
    with tenant_scope(alone):
        (made,) = invite(alone, [cast.teammate.email], Role.VIEWER, by_worker())
    page = home(owner_browser, alone)
    assert f'{STEP} <span class="visually-hidden">(done)</span>' in page
    assert ">Skip<" not in page
    email = cast.teammate.email
    EmailAddress.objects.create(user=cast.teammate, email=email, verified=True)
    with tenant_scope(alone):
        accept(made.row, cast.teammate, by_worker())
    assert STEP not in home(owner_browser, alone)


def test_who_works_alone_says_so_once_and_only_for_themselves(
    owner_browser: Client, cast: Cast, alone: Tenant
) -> None:
    assert leave_out(owner_browser, alone) == 303
    for _ in range(2):
        assert STEP not in home(owner_browser, alone)
    assert STEP not in home(signed_in(cast.owner), alone)
    other = create_tenant(name="Another", owner=cast.owner, actor=by_worker())
    assert STEP in home(owner_browser, other)


def test_whoever_may_not_invite_is_not_asked_to(cast: Cast, alone: Tenant) -> None:
    Membership.objects.filter(tenant=alone).update(user=cast.viewer, role=Role.VIEWER)
    browser = signed_in(cast.viewer)
    assert STEP not in home(browser, alone)
    assert leave_out(browser, alone) == 403


def test_an_outsider_takes_no_step(cast: Cast, alone: Tenant) -> None:
    assert leave_out(signed_in(cast.outsider), alone) == 404
    assert leave_out(Client(), alone) == 302
    assert not Membership.objects.filter(works_alone=True).exists()


def test_with_only_the_optional_step_left_nothing_needs_anybody(
    owner_browser: Client, alone: Tenant, google: EmulatorThread
) -> None:
    request = new_request(owner_browser, connected(owner_browser, alone, google))
    work()
    answer_terms(owner_browser, request, google)
    work()
    page = home(owner_browser, alone)
    assert "all caught up</h1>" in page
    assert STEP in page
    leave_out(owner_browser, alone)
    assert "First steps" not in home(owner_browser, alone)


def test_what_needs_a_person_keeps_the_only_primary_button(
    owner_browser: Client, alone: Tenant
) -> None:
    connection_row(alone)
    page = home(owner_browser, alone)
    assert page.count('class="button primary"') == 1


def test_the_steps_that_are_still_to_come_lead_to_their_pages(
    owner_browser: Client, alone: Tenant
) -> None:
    page = home(owner_browser, alone)
    there = f"{reverse('members', args=[alone.slug])}#invite-title"
    assert f'<a href="{there}">{STEP}</a>' in page
