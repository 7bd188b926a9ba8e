"""The page of credentials: what hangs on each, and nothing of any other tenant."""

from datetime import timedelta
from io import StringIO

from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

from accounts.audit.recording import by_worker
from accounts.tenancy.scope import across_tenants, tenant_scope
from tests.cast import Cast, signed_in
from tests.rows import connection_row
from tests.test_credentials.conftest import Desk
from tests.test_credentials.consoles import client_file, upload_client
from tokens.api_keys.models import ApiKey
from tokens.clients.models.client import ClientSecret
from tokens.encryption.models.tenant_key import TenantKey
from tokens.encryption.services.data_keys import replace_key
from tokens.encryption.services.rotation import start_reseal
from tokens.service_accounts.models.service_account import ServiceAccountKey


def page_of(desk: Desk) -> str:
    answer = desk.browser.get(reverse("credentials", args=[desk.slug]))
    return " ".join(answer.content.decode().split())


def test_what_stops_with_a_client_is_counted_for_this_tenant_only(desk: Desk, cast: Cast) -> None:
    connection_row(cast.tenant)
    connection_row(cast.elsewhere)
    assert "1 connected Google account would stop with it." in page_of(desk)


def test_a_viewer_sees_the_cards_and_no_buttons(desk: Desk, cast: Cast) -> None:
    desk.upload(desk.key_files()[0])
    viewer = signed_in(cast.viewer)
    page = viewer.get(reverse("credentials", args=[desk.slug])).content.decode()
    assert "robot@acme-project" in page
    assert "Check now" not in page
    assert "Ask an owner or admin" in page


def test_an_outsider_sees_nothing(desk: Desk, cast: Cast) -> None:
    outsider = signed_in(cast.outsider)
    assert outsider.get(reverse("credentials", args=[desk.slug])).status_code == 404


def test_the_own_key_of_the_tenant_has_a_card_with_its_age_and_next_rotation(
    desk: Desk, cast: Cast
) -> None:
    assert "It is made with the first secret that is kept for you" in page_of(desk)
    connection_row(cast.tenant)
    with across_tenants():
        key = TenantKey.objects.get(tenant=cast.tenant)
    page = page_of(desk)
    assert f"{key.kid}, the 1st" in page
    assert (key.created_at + timedelta(days=365)).isoformat()[:10] in page


def test_a_key_that_is_being_replaced_says_so_until_nothing_is_left(desk: Desk, cast: Cast) -> None:
    connection_row(cast.tenant)
    start_reseal(by_worker(), "test", organisation=cast.tenant)
    with tenant_scope(cast.tenant):
        replace_key(cast.tenant.pk)
    assert "is being sealed anew. Everything works meanwhile." in page_of(desk)
    call_command("rotate_keys", "--resume", stdout=StringIO())
    page = page_of(desk)
    assert "is being sealed anew" not in page
    assert ", the 2nd" in page


def test_every_kind_says_when_its_replacement_is_due_and_is_pointed_out_when_it_is_old(
    desk: Desk,
) -> None:
    desk.upload(desk.key_files()[0])
    upload_client(desk, client_file(desk))
    value = desk.console("api-keys")["value"]
    desk.post("credential-api-key-new", name="Quota", secret=value)
    page = page_of(desk)
    assert page.count("Replacement due") == 3
    assert "is old" not in page
    with across_tenants():
        for model in (ApiKey, ClientSecret, ServiceAccountKey):
            model.objects.update(created_at=timezone.now() - timedelta(days=91))
    page = page_of(desk)
    assert page.count("Key is old") == 2
    assert page.count("Secret is old") == 1


def test_the_page_says_who_may_and_where_each_use_is_written_down(desk: Desk) -> None:
    page = page_of(desk)
    assert "Owners and admins add, check, replace and remove" in page
    for name in ("exchanges", "audit"):
        assert reverse(name, args=[desk.slug]) in page
