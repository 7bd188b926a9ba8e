"""What a page says is what is so: roles, limits, lengths, ways to prove who one is, zones."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from accounts.audit.recording import by_worker
from accounts.members.models.membership import Membership
from accounts.members.roles import DESCRIPTIONS, POWERS, Power, Role
from accounts.tenancy.scope import tenant_scope
from accounts.users.models import User
from portal.settings.people import _LIMITS
from tests.cast import Cast, signed_in
from tests.queued_emails import deliver
from tests.rows import connection_row
from tests.test_credentials.conftest import Desk
from tests.test_credentials.conftest import desk as desk  # noqa: PLC0414  # a fixture by name
from tests.test_credentials.consoles import client_file, upload_client
from tokens.connections.services.reconnect_links import make_link
from tokens.exchanges.models import Exchange


@pytest.mark.parametrize(
    ("name", "words", "power"),
    [
        ("audit", "audit log", Power.AUDIT_READ),
        ("tenant-settings", "settings", Power.TENANT_MANAGE),
        ("tenant-data", "data export", Power.TENANT_MANAGE),
    ],
)
def test_a_viewer_is_told_beforehand_what_they_cannot_open(
    cast: Cast, name: str, words: str, power: Power
) -> None:
    answer = signed_in(cast.viewer).get(reverse(name, args=[cast.tenant.slug]))
    assert answer.status_code == 403
    assert power not in POWERS[Role.VIEWER]
    assert words in DESCRIPTIONS[Role.VIEWER]
    assert "everything" not in DESCRIPTIONS[Role.VIEWER]


@pytest.mark.parametrize("name", ["requests", "connections", "credentials", "members"])
def test_and_sees_what_the_sentence_says(cast: Cast, name: str) -> None:
    assert signed_in(cast.viewer).get(reverse(name, args=[cast.tenant.slug])).status_code == 200


@pytest.fixture
def _limits(settings: Settings) -> Iterator[None]:
    small = {"signup": "3/m/ip,5/d/ip", "manage_email": "2/m/user"}
    settings.ACCOUNT_RATE_LIMITS = {**_LIMITS, **small}
    cache.clear()
    yield
    cache.clear()


def sign_up(number: int) -> Any:
    typed = {"email": f"n{number}@new.example", "password1": "canary-password-of-nina"}
    return Client().post(reverse("account_signup"), typed)


@pytest.mark.usefixtures("_limits")
def test_a_limit_of_a_network_is_told_as_one(db: None) -> None:
    answer = [sign_up(number) for number in range(4)][-1]
    page = answer.content.decode()
    assert answer.status_code == 429
    assert "3 sign-ups in one minute came from your network" in page
    assert "Wait one minute" in page
    assert "Reference" not in page


@pytest.mark.usefixtures("_limits")
def test_a_limit_of_a_person_is_told_as_one(cast: Cast) -> None:
    browser = signed_in(cast.owner)
    for number in range(3):
        typed = {"action_add": "", "email": f"o{number}@acme.example"}
        answer = browser.post(reverse("account_email"), typed)
    assert answer.status_code == 429
    assert (
        "You reached the limit of 2 changes of addresses in one minute." in answer.content.decode()
    )


@pytest.mark.usefixtures("_limits")
def test_a_limit_of_an_address_is_told_as_one(db: None) -> None:
    """A second code within ten seconds of the first, from whatever network."""
    sign_up(1)
    answer = sign_up(1)
    assert answer.status_code == 429
    assert "for this address in 10 seconds is reached" in answer.content.decode()
    assert len(mail.outbox) == 1


@pytest.mark.parametrize("length", [38, 40, 12])
def test_an_api_key_of_the_wrong_length_is_told_its_length(desk: Desk, length: int) -> None:
    key = "AIza" + "c" * (length - 4)
    page = desk.post("credential-api-key-new", name="Quota", secret=key).content.decode()
    assert f"API keys have 39 characters, and this one has {length}." in page
    assert key not in page


def with_steps(user: User, *kinds: str, password: bool = True) -> Client:
    if password:
        user.set_password("canary-password-of-olive")
        user.save()
    for kind in kinds:
        Authenticator.objects.create(user=user, type=kind, data={"name": "Key"})
    return signed_in(user)


APP, CODES, PASSKEY = "totp", "recovery_codes", "webauthn"


@pytest.mark.parametrize(
    ("kinds", "offered"),
    [
        ([], set()),
        ([APP], {"Use your authenticator app"}),
        ([APP, CODES], {"Use your authenticator app or a recovery code"}),
        ([PASSKEY], {"Use a passkey"}),
        ([PASSKEY, CODES], {"Use a recovery code", "Use a passkey"}),
    ],
)
def test_proving_who_one_is_offers_only_what_one_has(
    cast: Cast, kinds: list[str], offered: set[str]
) -> None:
    page = with_steps(cast.owner, *kinds).get(reverse("account_reauthenticate")).content.decode()
    assert set(re.findall(r'<a class="button full"[^>]*>([^<]+)</a>', page)) == offered


@pytest.mark.parametrize(
    ("kinds", "asked"),
    [
        ([APP], "a code from your authenticator app."),
        ([APP, CODES], "a code from your authenticator app, or a recovery code."),
        ([PASSKEY, CODES], "a code from your recovery codes."),
    ],
)
def test_a_page_that_asks_for_a_code_says_where_it_comes_from(
    cast: Cast, kinds: list[str], asked: str
) -> None:
    browser = with_steps(cast.owner, *kinds, password=False)
    assert asked in browser.get(reverse("mfa_reauthenticate")).content.decode()


def test_a_check_of_a_client_is_no_error_in_the_list(desk: Desk) -> None:
    page = upload_client(desk, client_file(desk))
    assert "Google accepts" in page
    listed = reverse("exchanges", args=[desk.slug])
    page = desk.browser.get(listed).content.decode()
    assert "client accepted" in page
    assert "grant dead" not in page
    assert "tone-bad" not in page
    assert "client accepted" in desk.browser.get(listed, {"result": "ok"}).content.decode()
    assert "client accepted" not in desk.browser.get(listed, {"result": "error"}).content.decode()
    row = Exchange._base_manager.get(error="client_accepted")
    page = desk.browser.get(reverse("exchange", args=[desk.slug, row.pk])).content.decode()
    assert "Google accepts this client" in page
    assert "Nothing is wrong." in page


@pytest.mark.parametrize(
    ("cookie", "zone", "name"),
    [
        ("Asia%2FTokyo", "Asia/Tokyo", "JST"),
        ("Asia/Tokyo", "Asia/Tokyo", "JST"),
        ("", "UTC", "UTC"),
        ("..%2F..%2Fetc%2Fpasswd", "UTC", "UTC"),
        ("Nowhere/Place", "UTC", "UTC"),
    ],
)
def test_a_page_is_written_in_one_zone_and_names_it(
    cast: Cast, cookie: str, zone: str, name: str
) -> None:
    browser = signed_in(cast.owner)
    browser.cookies["zone"] = cookie
    with tenant_scope(cast.tenant):
        made = make_link(connection_row(cast.tenant), by_worker())
    pages = [
        browser.get(reverse("audit", args=[cast.tenant.slug])),
        browser.get(made.address.removeprefix("http://testserver")),
        browser.get(reverse("members", args=[cast.tenant.slug])),
    ]
    assert f"Days begin at midnight in {zone}." in pages[0].content.decode()
    for page in pages:
        times = re.findall(
            r'data-as="(?:full|clock)" title="[^"]*">([^<]+)<', page.content.decode()
        )
        assert times
        assert {time.rpartition(" ")[2] for time in times} == {name}


def test_mails_name_utc_whatever_the_zone_of_the_page(cast: Cast) -> None:
    browser = signed_in(cast.owner)
    pages = [(zone, f"{zone[:4].lower()}@new.example") for zone in ("UTC", "Asia%2FTokyo")]
    for zone, email in pages:
        browser.cookies["zone"] = zone
        address = reverse("members-invite", args=[cast.tenant.slug])
        browser.post(address, {"emails": email, "role": "viewer"})
    deliver()
    ends = [re.search(r"ends on (.+? UTC)", str(one.body)) for one in mail.outbox]
    assert ends[0] is not None
    assert ends[1] is not None
    assert ends[0][1][:-6] == ends[1][1][:-6]


def test_days_of_a_filter_are_those_of_the_reader(cast: Cast) -> None:
    """What was done at 20:00 UTC was done on the next day in Tokyo."""
    member = Membership.objects.get(tenant=cast.tenant, user=cast.viewer)
    browser = signed_in(cast.owner)
    browser.post(reverse("member-role", args=[cast.tenant.slug, member.pk]), {"role": "admin"})
    page = reverse("audit", args=[cast.tenant.slug])
    browser.cookies["zone"] = "Asia%2FTokyo"
    from_page = browser.get(page).content.decode()
    day = re.search(r'<time datetime="(\d{4}-\d\d-\d\d)T[^"]+\+09:00"', from_page)
    assert day is not None
    found = browser.get(page, {"since": day[1], "until": day[1]}).content.decode()
    assert "Nothing matches" not in found
