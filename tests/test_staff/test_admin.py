"""Django admin: everything can be found and looked at, no secret shown, nothing edited by hand."""

import uuid

import pytest
from django.apps import apps
from django.contrib import admin
from django.db import models
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.audit.recording import by_worker
from accounts.audit.tasks import link_audit
from accounts.members.models.membership import Membership
from accounts.members.roles import Role
from accounts.members.services.invitations import invite
from accounts.members.services.members import change_role
from accounts.offboarding.models import Erasure
from accounts.offboarding.services.organisation_deletion import cancel_deletion, request_deletion
from accounts.staff.services.error_reports import report_error
from accounts.tenancy.scope import across_tenants, tenant_scope
from accounts.users.models import User
from provisioning.requests.models.account import ExtraAccount
from provisioning.requests.services.defaults import Choices, save_defaults
from provisioning.requests.services.ticket_emails import call_for_acceptance
from tests.cast import Cast, signed_in, with_second_step
from tests.emulator.thread import EmulatorThread
from tests.journeys import answer_terms, connected, new_request, work
from tests.rows import connection_row
from tests.test_credentials.conftest import Desk
from tests.test_credentials.consoles import client_file, upload_client
from tokens.clients.models.client import OAuthClient
from tokens.clients.services.emails import tell_owners, tell_staff_of
from tokens.connections.models.reconnect_link import ReconnectLink
from tokens.connections.models.revocation import Revocation
from tokens.connections.services.reconnect_links import make_link
from tokens.connections.services.status import needs_reconnect
from tokens.connections.states import ReconnectReason
from tokens.encryption.services.master_keys import report
from tokens.encryption.services.restore_hold import begin_restore_hold, end_restore_hold
from tokens.encryption.services.rotation import start_reseal
from tokens.rate_limits.services import take
from tokens.service_accounts.models.service_account import ServiceAccount
from tokens.service_accounts.services.emails import tell_of_refusal

OURS = [
    model
    for model in apps.get_models()
    if model._meta.app_label in {"accounts", "tokens", "provisioning"}
]
SECRETS = ("ya29.", "1//", "GOCSPX-", "gAAAAA", "AIzaEmu", "BEGIN PRIVATE")


@pytest.fixture
def rows(owner_browser: Client, cast: Cast, google: EmulatorThread) -> None:
    connection = connected(owner_browser, cast.tenant, google)
    request = new_request(owner_browser, connection)
    take("refresh:canary", 1, rate=1)
    report("web")
    start_reseal(by_worker(), "acme")
    end_restore_hold(begin_restore_hold("acme", by_worker()), by_worker())
    Revocation._base_manager.create(tenant=cast.tenant, connection=connection)
    with tenant_scope(cast.tenant):
        make_link(connection, by_worker())
        save_defaults(cast.tenant, Choices(), by_worker())
        invite(cast.tenant, ["new@acme.example"], Role.VIEWER, by_worker())
    desk = Desk(owner_browser, cast.tenant.slug, google)
    desk.upload(desk.key_files()[0])
    desk.post("credential-api-key-new", name="Quota", secret=desk.console("api-keys")["value"])
    upload_client(desk, client_file(desk))
    web = client_file(desk)["web"]
    typed = {"client_id": web["client_id"], "secret": web["client_secret"], "reason": "acme"}
    store = User.objects.create_user("keys@portal.example", is_staff=True, is_superuser=True)
    with_second_step(store).post(reverse("admin:portal-client-new"), typed)
    account = ServiceAccount._base_manager.get()
    desk.post("credential-account-rotate", account.pk)
    link_audit()
    mails_to_be_sent(cast, account)
    now = timezone.now()
    report_error(KeyError("acme"), "GET home")
    Erasure.objects.create(organisation=uuid.uuid4(), asked_at=now, shredded_at=now)
    work()
    with tenant_scope(cast.tenant):
        ticket = request.tickets.get()
        call_for_acceptance(ticket)
        ExtraAccount.objects.create(
            tenant=cast.tenant, request=request, ticket=ticket, account_id="77", certain=True
        )
    answer_terms(owner_browser, request, google)
    work()


def mails_to_be_sent(cast: Cast, account: ServiceAccount) -> None:
    member = Membership.objects.select_related("tenant").get(user=cast.viewer)
    with tenant_scope(cast.tenant):
        change_role(member, Role.ADMIN, by_worker())
        request_deletion(cast.tenant, by_worker())
        cancel_deletion(cast.tenant, by_worker())
        needs_reconnect(connection_row(cast.tenant, "old@gmail.example"), ReconnectReason.REVOKED)
        tell_of_refusal(account, "Google refuses the key.", by_worker())
        own = OAuthClient._base_manager.get(tenant=cast.tenant)
        tell_owners(own, cast.tenant, "Google refuses the client.")
    tell_staff_of(own, "Google refuses the client of acme.", uploaded=False)


def address(model: type[models.Model], page: str, *args: object) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


@pytest.mark.slow
@pytest.mark.usefixtures("rows")
def test_every_model_can_be_listed_searched_and_opened(
    staff: Client, subtests: pytest.Subtests
) -> None:
    for model in OURS:
        with subtests.test(model=model.__name__):
            pages = [
                staff.get(address(model, "changelist")),
                staff.get(address(model, "changelist"), {"q": "acme"}),
                staff.get(address(model, "change", first(model).pk)),
            ]
            for page in pages:
                assert page.status_code == 200
                assert not any(secret in page.content.decode() for secret in SECRETS)


@pytest.mark.usefixtures("rows")
def test_nothing_is_added_or_deleted_by_hand(staff: Client, subtests: pytest.Subtests) -> None:
    for model in OURS:
        with subtests.test(model=model.__name__):
            delete = address(model, "delete", first(model).pk)
            assert staff.get(address(model, "add")).status_code == 403
            assert staff.post(delete, {"post": "yes"}).status_code == 403


def first(model: type[models.Model]) -> models.Model:
    with across_tenants():
        row = model._default_manager.first()
    assert row is not None
    return row


def test_every_model_is_in_the_admin() -> None:
    assert all(admin.site.is_registered(model) for model in OURS)


@pytest.mark.usefixtures("rows")
def test_times_have_a_day_that_is_no_month_and_a_zone(staff: Client) -> None:
    with across_tenants():
        link = ReconnectLink._default_manager.get()
    page = staff.get(address(ReconnectLink, "change", link.pk)).content.decode()
    assert f"{link.expires_at:%-d %b %Y, %H:%M} UTC" in page


@pytest.mark.usefixtures("rows")
def test_a_sealed_secret_shows_its_key_only(staff: Client) -> None:
    connection = apps.get_model("tokens", "GoogleConnection")
    with across_tenants():
        row = connection._default_manager.get(status="active")
    page = staff.get(address(connection, "change", row.pk)).content.decode()
    assert "sealed (key" in page
    assert row.refresh_token.token not in page


@pytest.mark.parametrize("who", ["owner", "outsider"])
def test_people_who_are_not_staff_see_nothing(cast: Cast, who: str) -> None:
    browser = signed_in(getattr(cast, who))
    for page in ("admin:index", "admin:provisioning_provisioningrequest_changelist"):
        assert browser.get(reverse(page)).status_code in (302, 403)


def test_the_admin_has_no_sign_in_page_of_its_own(db: None) -> None:
    answer = Client().get(reverse("admin:index"), follow=True)
    assert answer.redirect_chain[-1][0].startswith(reverse("account_login"))


def test_staff_scope_ends_at_the_admin(staff: Client, cast: Cast) -> None:
    assert staff.get(f"/t/{cast.tenant.slug}/").status_code == 404
    assert staff.get(f"/t/{cast.tenant.slug}/requests/{uuid.uuid4()}/").status_code == 404
