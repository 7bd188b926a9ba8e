"""Between the wish to delete an organisation and its end: paused, readable, and kept at a word."""

from contextlib import closing
from datetime import timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from accounts.audit.models.event import AuditEvent
from accounts.audit.recording import by_worker
from accounts.members.models.membership import Membership
from accounts.members.roles import Role
from accounts.members.services.invitations import NotUsable, accept, invite
from accounts.offboarding.services.organisation_deletion import request_deletion
from accounts.tenancy.models import Tenant
from accounts.tenancy.scope import tenant_scope
from provisioning.requests.models.request import ProvisioningRequest
from provisioning.requests.states import Status
from provisioning.requests.unscoped import due_requests
from tests.cast import Cast, signed_in
from tests.queued_emails import deliver
from tests.rows import connection_row, request_row
from tokens.connections.models.connection import GoogleConnection
from tokens.connections.unscoped import (
    clients_with_due_refreshes,
    overdue_refreshes,
    tenants_with_due_refreshes,
)

PASSWORD = "correct horse battery"


@pytest.fixture
def olive(cast: Cast) -> Client:
    """The owner, who has just shown again that it is her."""
    cast.owner.set_password(PASSWORD)
    cast.owner.save()
    email = cast.owner.email
    EmailAddress.objects.create(user=cast.owner, email=email, verified=True, primary=True)
    browser = Client()
    signed = browser.post(reverse("account_login"), {"login": email, "password": PASSWORD})
    assert signed.status_code == 302
    again = browser.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    assert again.status_code == 302
    mail.outbox.clear()
    return browser


def delete(browser: Client, tenant: Tenant, name: str) -> Any:
    return browser.post(reverse("tenant-delete", args=[tenant.slug]), {"name": name})


def at(cast: Cast, page: str) -> str:
    return reverse(page, args=[cast.tenant.slug])


def test_the_name_must_be_typed(olive: Client, cast: Cast) -> None:
    answer = delete(olive, cast.tenant, "Acme")
    assert answer.status_code == 422
    assert "not the name" in answer.content.decode()
    assert Tenant.objects.get(pk=cast.tenant.pk).deleted_at is None
    assert mail.outbox == []


def test_every_owner_is_told_by_mail_and_nobody_else(
    olive: Client, cast: Cast, settings: Settings
) -> None:
    Membership.objects.filter(user=cast.teammate).update(role=Role.OWNER)
    assert delete(olive, cast.tenant, cast.tenant.name).status_code == 303
    page = olive.get(at(cast, "tenant-data")).content.decode()
    assert f"on its way to {cast.owner.email}, {cast.teammate.email}." in page
    assert mail.outbox == []
    deliver()
    assert sorted(one.to[0] for one in mail.outbox) == [cast.owner.email, cast.teammate.email]
    words, address = str(mail.outbox[0].body), at(cast, "tenant-data")
    assert cast.tenant.name in mail.outbox[0].subject
    assert "Olive Owner asked" in words
    assert address in words
    assert 'href="http' in str(mail.outbox[0].message())
    delete(olive, cast.tenant, cast.tenant.name)
    deliver()
    assert len(mail.outbox) == 2
    with tenant_scope(cast.tenant):
        assert AuditEvent.objects.filter(tag="accounts:tenant:deletion_requested").count() == 1


def test_somebody_who_did_not_sign_in_just_now_is_asked_again(cast: Cast) -> None:
    cast.owner.set_password(PASSWORD)
    cast.owner.save()
    answer = delete(signed_in(cast.owner), cast.tenant, cast.tenant.name)
    assert answer.status_code == 302
    assert answer["Location"].startswith(reverse("account_reauthenticate"))
    assert Tenant.objects.get(pk=cast.tenant.pk).deleted_at is None


@pytest.mark.parametrize("page", ["tenant-delete", "tenant-keep"])
@pytest.mark.parametrize(("who", "status"), [("teammate", 403), ("viewer", 403), ("outsider", 404)])
def test_others_may_neither_delete_nor_keep(cast: Cast, page: str, who: str, status: int) -> None:
    request_deletion(cast.tenant, by_worker())
    before = Tenant.objects.get(pk=cast.tenant.pk).deleted_at
    browser = signed_in(getattr(cast, who))
    assert browser.post(at(cast, page), {"name": cast.tenant.name}).status_code == status
    assert Tenant.objects.get(pk=cast.tenant.pk).deleted_at == before


@pytest.mark.parametrize("page", ["home", "requests", "connections", "members", "credentials"])
def test_every_page_says_so_and_offers_owners_to_keep_it(cast: Cast, page: str) -> None:
    request_deletion(cast.tenant, by_worker())
    keep = f'action="{at(cast, "tenant-keep")}"'
    for who, offered in ((cast.owner, True), (cast.viewer, False)):
        shown = signed_in(who).get(at(cast, page)).content.decode()
        assert "will be deleted on" in shown
        assert (keep in shown) is offered


def test_nothing_new_can_be_started(cast: Cast) -> None:
    request_deletion(cast.tenant, by_worker())
    browser = signed_in(cast.owner)
    for page in ("request-new", "connection-start", "members-invite", "tenant-settings"):
        answer = browser.post(at(cast, page), {"name": "New name"}, follow=True)
        assert answer.redirect_chain[0][0] == cast.tenant.get_absolute_url()
        assert "Nothing was changed" in answer.content.decode()
    assert Tenant.objects.get(pk=cast.tenant.pk).name == cast.tenant.name
    with closing(browser.post(at(cast, "tenant-export"))) as archive:
        assert archive.status_code == 200


def test_an_invitation_lets_nobody_in(cast: Cast) -> None:
    email = cast.outsider.email
    EmailAddress.objects.create(user=cast.outsider, email=email, verified=True, primary=True)
    with tenant_scope(cast.tenant):
        [made] = invite(cast.tenant, [email], Role.VIEWER, by_worker())
        request_deletion(cast.tenant, by_worker())
        with pytest.raises(NotUsable):
            accept(made.row, cast.outsider, by_worker())
    path = made.address[made.address.index("/invitations") :]
    page = signed_in(cast.outsider).get(path)
    assert page.status_code == 410
    assert "about to be deleted" in page.content.decode()


def test_leases_leave_it_alone_and_find_it_again_when_it_is_kept(cast: Cast) -> None:
    now = timezone.now()
    row = connection_row(cast.tenant)
    with tenant_scope(cast.tenant):
        GoogleConnection.objects.update(refresh_due_at=now - timedelta(hours=1))
        request = request_row(row, Status.QUEUED)
        ProvisioningRequest.objects.update(due_at=now - timedelta(hours=1))

    def found() -> tuple[bool, bool, int, bool]:
        return (
            row.client in clients_with_due_refreshes(now),
            cast.tenant in tenants_with_due_refreshes(row.client_id, now),
            overdue_refreshes(now),
            (cast.tenant.pk, request.pk) in due_requests(now, 10),
        )

    assert found() == (True, True, 1, True)
    request_deletion(cast.tenant, by_worker())
    assert found() == (False, False, 0, False)
    assert signed_in(cast.owner).post(at(cast, "tenant-keep")).status_code == 303
    assert found() == (True, True, 1, True)


def test_keeping_it_tells_the_owners_and_ends_the_banner(cast: Cast, settings: Settings) -> None:
    request_deletion(cast.tenant, by_worker())
    deliver()
    mail.outbox.clear()
    page = signed_in(cast.owner).post(at(cast, "tenant-keep"), follow=True).content.decode()
    assert "stays" in page
    assert "will be deleted on" not in page
    deliver()
    assert [one.to for one in mail.outbox] == [[cast.owner.email]]
    assert "will not be deleted" in str(mail.outbox[0].subject)
