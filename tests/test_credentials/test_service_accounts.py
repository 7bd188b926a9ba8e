"""Service accounts: uploaded, tried at Google, sealed, checked, given a new key, removed."""

import pytest

from accounts.audit.models.event import AuditEvent
from accounts.tenancy.scope import across_tenants, tenant_scope
from tests.cast import Cast
from tests.test_credentials.conftest import ROBOT, Desk
from tokens.exchanges.models import Exchange
from tokens.google.scopes import ANALYTICS_EDIT, ANALYTICS_READONLY
from tokens.service_accounts.models.service_account import ServiceAccount, ServiceAccountKey
from tokens.service_accounts.services.service_accounts import access_token


def only() -> ServiceAccount:
    with across_tenants():
        return ServiceAccount.objects.select_related("tenant").get()


def test_a_json_key_is_tried_sealed_and_listed(desk: Desk) -> None:
    file, _ = desk.key_files()
    page = desk.upload(file)
    assert "works, and its key is sealed here" in page
    assert ROBOT in page
    assert "acme-project" in page
    assert f"{file['private_key_id'][:8]}…" in page
    with across_tenants():
        key = ServiceAccountKey.objects.get()
        assert "PRIVATE KEY" not in key.private_key.token
        assert str(key.private_key).startswith("sealed")
        assert AuditEvent.objects.filter(tag="tokens:service_account:added").count() == 1


def test_a_p12_key_works_once_its_owner_is_typed(desk: Desk) -> None:
    _, p12 = desk.key_files()
    assert "type the service account&#x27;s e-mail" in desk.upload(p12)
    page = desk.upload(p12, email=ROBOT)
    assert "works, and its key is sealed here" in page
    assert "from a P12 file" in page


def test_nothing_of_the_key_reaches_page_record_or_journal(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    file, _ = desk.key_files()
    page = desk.upload(file)
    secret = file["private_key"].splitlines()[5]
    with across_tenants():
        journal = repr(list(Exchange.objects.values()))
        audit = repr(list(AuditEvent.objects.values()))
    for place in (page, journal, audit, caplog.text):
        assert secret not in place
        assert "ya29.emu-" not in place
        assert "eyJ" not in place


def test_the_same_account_is_not_added_twice(desk: Desk) -> None:
    file, _ = desk.key_files()
    desk.upload(file)
    assert "is here already" in desk.upload(file)
    assert only().email == ROBOT


def test_a_token_is_asked_for_once_and_kept_for_each_set_of_scopes(desk: Desk, cast: Cast) -> None:
    desk.upload(desk.key_files()[0])
    account = only()
    with tenant_scope(cast.tenant):
        before = Exchange.objects.count()
        read = {access_token(account, frozenset({ANALYTICS_READONLY})) for _ in range(3)}
        both = access_token(account, frozenset({ANALYTICS_READONLY, ANALYTICS_EDIT}))
        assert len(read | {both}) == 2
        assert Exchange.objects.count() == before + 2
        assert ServiceAccountKey.objects.get().last_used_at is not None


def test_a_key_that_was_deleted_at_google_is_said_to_be(desk: Desk) -> None:
    file, _ = desk.key_files()
    desk.upload(file)
    keys = desk.google.state.service_account_keys
    desk.google.call(lambda _: keys.pop(file["private_key_id"]))
    page = desk.post("credential-account-check", only().pk).content.decode()
    assert "does not work" in page
    assert "was deleted or disabled at Google" in page
    assert "Does not work" in page


def test_a_wrong_clock_is_named_and_measured(desk: Desk) -> None:
    desk.upload(desk.key_files()[0])
    desk.console("clock", offset_seconds=-900)
    page = desk.post("credential-account-check", only().pk).content.decode()
    assert "clock differs from Google&#x27;s by " in page
    seconds = int(page.split("clock differs from Google&#x27;s by ")[1].split(" ")[0])
    assert 890 <= seconds <= 910


def test_google_being_down_is_not_held_against_the_key(desk: Desk) -> None:
    desk.upload(desk.key_files()[0])
    desk.console("scenario", name="token-503-html")
    page = desk.post("credential-account-check", only().pk).content.decode()
    assert "could not be checked" in page
    assert only().problem == ""


def test_a_new_key_is_tried_before_the_old_one_goes(desk: Desk) -> None:
    first, _ = desk.key_files()
    desk.upload(first)
    second, _ = desk.key_files()
    assert "uses the new key" in desk.upload(second, only().pk)
    with across_tenants():
        keys = {key.kid: key for key in ServiceAccountKey.objects.all()}
    assert keys[first["private_key_id"]].private_key is None
    assert keys[second["private_key_id"]].state == "active"


def test_a_new_key_that_google_refuses_changes_nothing(desk: Desk) -> None:
    first, _ = desk.key_files()
    desk.upload(first)
    second, _ = desk.key_files()
    desk.google.call(lambda w: w.state.service_account_keys.pop(second["private_key_id"]))
    assert "does not accept the key" in desk.upload(second, only().pk)
    with across_tenants():
        assert ServiceAccountKey.objects.get().kid == first["private_key_id"]


def test_the_key_of_another_account_is_refused(desk: Desk) -> None:
    desk.upload(desk.key_files()[0])
    other, _ = desk.key_files("other@elsewhere.iam.gserviceaccount.com")
    assert "This file is another account&#x27;s" in desk.upload(other, only().pk)


def test_removing_says_what_stops_and_destroys_the_key(desk: Desk) -> None:
    desk.upload(desk.key_files()[0])
    pk = only().pk
    page = desk.post("credential-account-remove", pk).content.decode()
    assert "its key destroyed here" in page
    with across_tenants():
        assert not ServiceAccountKey.objects.exists()
