"""Authenticator apps, recovery codes, codes by e-mail, and tenants that ask for more."""

import json
import re
import time
from typing import Any

import pytest
import time_machine
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.test import Client
from django.urls import reverse
from fido2.webauthn import CollectedClientData

from accounts.audit.recording import by_worker
from accounts.tenancy.models import Tenant
from accounts.users.models import User
from portal.authentication.second_steps import MFAAdapter
from tests.cast import Cast, signed_in
from tests.keyrings import hold, introduce
from tokens.encryption.models.rotation import RotationState
from tokens.encryption.services.master_keys import NotYet, retire
from tokens.encryption.services.rotation import start_rewrap, work_for_a_while
from tokens.encryption.wrapping import WrongKey, key_ring

pytestmark = pytest.mark.django_db
EMAIL, PASSWORD = "nina@new.example", "canary-password-of-nina"
THIEFS = "JBSWY3DPEHPK3PXP"


@pytest.fixture
def nina() -> User:
    user = User.objects.create_user(EMAIL, PASSWORD)
    EmailAddress.objects.create(user=user, email=EMAIL, verified=True, primary=True)
    return user


def sign_in(**more: str) -> Client:
    browser = Client()
    sent = {"login": EMAIL, "password": PASSWORD, **more}
    browser.post(reverse("account_login"), sent)
    return browser


def code_of(secret: str, periods_on: int = 0) -> str:
    return str(format_hotp_value(hotp_value(secret, int(time.time()) // 30 + periods_on)))


def confirm(browser: Client) -> None:
    browser.post(reverse("account_reauthenticate"), {"password": PASSWORD})


def with_app(nina: User) -> tuple[Client, str]:
    browser = sign_in()
    confirm(browser)
    page = browser.get(reverse("mfa_activate_totp")).content.decode()
    found = re.search(r'id="totp-key">([A-Z2-7]+)<', page)
    assert found
    answer = browser.post(reverse("mfa_activate_totp"), {"code": code_of(found[1])})
    assert answer["Location"] == reverse("mfa_view_recovery_codes")
    return browser, found[1]


def test_an_authenticator_app_guards_the_password(nina: User) -> None:
    _, secret = with_app(nina)
    browser = Client()
    answer = browser.post(
        reverse("account_login"), {"login": EMAIL, "password": PASSWORD, "next": "/you/data/"}
    )
    assert answer["Location"].startswith(reverse("mfa_authenticate"))
    assert browser.get("/you/data/").status_code == 302
    assert browser.post(reverse("mfa_authenticate"), {"code": "000000"}).status_code == 200
    code = code_of(secret)
    answer = browser.post(reverse("mfa_authenticate"), {"code": code})
    assert answer["Location"] == "/you/data/"


def test_recovery_codes_are_shown_once_and_each_works_once(nina: User) -> None:
    browser, _ = with_app(nina)
    page = browser.get(reverse("mfa_view_recovery_codes")).content.decode()
    codes = re.findall(r"\b\d{8}\b", page.partition("<pre")[2].partition("</pre>")[0])
    assert len(codes) == 10
    again = browser.get(reverse("mfa_view_recovery_codes")).content.decode()
    assert not any(code in again for code in codes)
    for expected in (302, 200):
        other = sign_in()
        answer = other.post(reverse("mfa_authenticate"), {"code": codes[0]})
        assert answer.status_code == expected


def test_codes_cannot_be_downloaded_later(nina: User) -> None:
    browser, _ = with_app(nina)
    browser.get(reverse("mfa_view_recovery_codes"))
    assert browser.get(reverse("mfa_download_recovery_codes")).status_code == 403


def test_its_secrets_are_kept_encrypted_by_the_key_ring(nina: User) -> None:
    _, secret = with_app(nina)
    rows = {row.type: row.data for row in Authenticator.objects.all()}
    assert secret not in str(rows)
    assert re.match(r"[0-9a-f]{12}\.v2\.gAAAAA", rows["totp"]["secret"])
    assert MFAAdapter().decrypt(rows["totp"]["secret"]) == secret
    assert re.match(r"[0-9a-f]{12}\.v2\.gAAAAA", rows["recovery_codes"]["seed"])


def test_no_master_key_is_retired_that_a_second_step_needs(nina: User, settings: Any) -> None:
    _, secret = with_app(nina)
    [old] = key_ring()
    introduce(settings)
    with pytest.raises(NotYet, match="2 second steps of people's sign-in"):
        retire(old, by_worker())
    rotation = start_rewrap(by_worker())
    work_for_a_while(5)
    rotation.refresh_from_db()
    assert (rotation.state, rotation.done) == (RotationState.DONE, rotation.total)
    retire(old, by_worker())
    hold(settings, settings.FIELD_ENCRYPTION_KEY[0])
    row = Authenticator.objects.get(type="totp")
    assert MFAAdapter().decrypt(row.data["secret"]) == secret


def test_a_secret_that_was_tampered_with_does_not_open(nina: User) -> None:
    sealed = MFAAdapter().encrypt("secret")
    with pytest.raises(WrongKey):
        MFAAdapter().decrypt(sealed[:-4] + ("AAA=" if sealed[-4:] != "AAA=" else "BBB="))


def planted(victim: User, thief: User) -> None:
    """The thief's own second steps, written into the victim's rows."""
    for row in Authenticator.objects.filter(user=victim):
        own = Authenticator.objects.get(user=thief, type=row.type)
        Authenticator.objects.filter(pk=row.pk).update(data=own.data)


def test_a_second_step_of_another_person_does_not_open(nina: User) -> None:
    thief = User.objects.create_user("thief@new.example")
    with_app(nina)
    TOTP.activate(thief, THIEFS)
    RecoveryCodes.activate(thief)
    codes = RecoveryCodes(Authenticator.objects.get(user=thief, type="recovery_codes"))
    known = [code_of(THIEFS), codes.generate_codes()[0]]
    planted(nina, thief)
    for code in known:
        answer = sign_in().post(reverse("mfa_authenticate"), {"code": code})
        assert answer.status_code == 200
        assert "Error: Second step" in answer.content.decode()


def test_a_damaged_second_step_leaves_the_others(nina: User) -> None:
    """Its codes fit no more, whatever is in its row; recovery codes do."""
    with_app(nina)
    codes = RecoveryCodes(Authenticator.objects.get(type="recovery_codes")).generate_codes()
    Authenticator.objects.filter(type="totp").update(data={"secret": "0123456789ab.damaged"})
    answer = sign_in().post(reverse("mfa_authenticate"), {"code": codes[0]})
    assert answer.status_code == 302


def test_a_plain_seed_is_never_stored(nina: User) -> None:
    with pytest.raises(WrongKey):
        Authenticator.objects.create(user=nina, type="totp", data={"secret": THIEFS})


CHANGES = ("mfa_activate_totp", "mfa_add_webauthn", "mfa_generate_recovery_codes")


def asked_again(browser: Client, name: str) -> bool:
    answer = browser.get(reverse(name))
    return answer.headers.get("Location", "").startswith(reverse("account_reauthenticate"))


def test_a_second_step_is_not_changed_without_proving_who_one_is(nina: User) -> None:
    with_app(nina)
    browser = sign_in()
    codes = RecoveryCodes(Authenticator.objects.get(type="recovery_codes")).generate_codes()
    browser.post(reverse("mfa_authenticate"), {"code": codes[0]})
    assert browser.get(reverse("mfa_index")).status_code == 200
    assert all(asked_again(browser, name) for name in (*CHANGES, "mfa_deactivate_totp"))


def test_who_signed_in_a_moment_ago_sets_up_the_first_one_without_being_asked_again(
    nina: User,
) -> None:
    browser = sign_in()
    page = browser.get(reverse("mfa_activate_totp"))
    found = re.search(r'id="totp-key">([A-Z2-7]+)<', page.content.decode())
    assert found
    answer = browser.post(reverse("mfa_activate_totp"), {"code": code_of(found[1])}, follow=True)
    assert "Keep them now" in answer.content.decode()


def test_who_signed_in_a_while_ago_is_asked_for_the_first_one_too(nina: User) -> None:
    browser = sign_in()
    with time_machine.travel(time.time() + 6 * 60):
        assert asked_again(browser, "mfa_activate_totp")
        assert asked_again(browser, "mfa_add_webauthn")


def test_the_second_step_offers_no_passkey_to_whoever_has_none(nina: User) -> None:
    """Who has one uses it in tests/test_browser/test_led_to_second_step.py."""
    with_app(nina)
    page = sign_in().get(reverse("mfa_authenticate")).content.decode()
    assert "Use a passkey" not in page


def asked_for_passkey(browser: Client) -> str:
    """The challenge that the portal has for the passkeys of this browser."""
    answer = browser.get(reverse("mfa_login_webauthn"), headers={"accept": "application/json"})
    return str(answer.json()["request_options"]["publicKey"]["challenge"])


def answered(browser: Client, challenge: str) -> str:
    """The page after a passkey of nobody has answered `challenge`."""
    said = CollectedClientData.create("webauthn.get", challenge, "http://testserver")
    response = {"userHandle": "AA", "clientDataJSON": said.b64}
    credential = {"id": "AA", "rawId": "AA", "type": "public-key", "response": response}
    sent = {"credential": json.dumps(credential)}
    return browser.post(reverse("mfa_login_webauthn"), sent, follow=True).content.decode()


def test_a_passkey_that_nobody_knows_is_told_so(nina: User) -> None:
    browser = Client()
    assert "No account here knows this passkey" in answered(browser, asked_for_passkey(browser))


def test_a_passkey_that_answers_an_older_page_is_not_called_unknown(nina: User) -> None:
    browser = Client()
    older = asked_for_passkey(browser)
    asked_for_passkey(browser)
    page = answered(browser, older)
    assert "use it here once more" in page
    assert "No account here knows" not in page
    assert "use it here once more" in answered(Client(), older)


@pytest.mark.parametrize(
    "credential", ["", "[]", '"x"', "{}", "[7]", '{"response": {"clientDataJSON": 7}}']
)
def test_what_is_no_passkey_at_all_signs_nobody_in(nina: User, credential: str) -> None:
    browser = Client()
    asked_for_passkey(browser)
    sent = {"credential": credential}
    answer = browser.post(reverse("mfa_login_webauthn"), sent, follow=True)
    assert answer.status_code == 200
    assert not answer.wsgi_request.user.is_authenticated


def test_opening_the_page_to_sign_in_stores_no_session(nina: User) -> None:
    browser = Client()
    page = browser.get(reverse("account_login"))
    assert 'autocomplete="username webauthn"' in page.content.decode()
    assert settings.SESSION_COOKIE_NAME not in browser.cookies
    assert not Session.objects.exists()


def test_a_code_by_mail_signs_in_and_brings_back_to_where_one_wanted_to_be(nina: User) -> None:
    browser = Client()
    sent = {"email": EMAIL, "next": "/you/data/"}
    asked = browser.post(reverse("account_request_login_code"), sent)
    assert "next=%2Fyou%2Fdata%2F" in asked["Location"]
    assert 'value="/you/data/"' in browser.get(asked["Location"]).content.decode()
    letter = mail.outbox[-1]
    assert isinstance(letter, EmailMultiAlternatives)
    found = re.search(r"^\s*([A-Z0-9]{4}-[A-Z0-9]{4})\s*$", str(letter.body), re.MULTILINE)
    assert found
    assert found[1] in str(letter.alternatives[0][0])
    entered = {"code": found[1], "next": "/you/data/"}
    answer = browser.post(reverse("account_confirm_login_code"), entered)
    assert answer["Location"] == "/you/data/"


def test_asking_for_a_code_does_not_tell_who_has_an_account(nina: User) -> None:
    answers = [
        Client().post(reverse("account_request_login_code"), {"email": email})
        for email in (EMAIL, "nobody@new.example")
    ]
    assert answers[0].status_code == answers[1].status_code == 302
    assert answers[0]["Location"] == answers[1]["Location"]


def test_a_passkey_of_somebody_else_does_not_exist(nina: User, cast: Cast) -> None:
    row = Authenticator.objects.create(user=nina, type="webauthn", data={"name": "Hers"})
    browser = signed_in(cast.outsider)
    for name in ("mfa_remove_webauthn", "mfa_edit_webauthn"):
        real = browser.get(reverse(name, args=[row.pk]))
        unreal = browser.get(reverse(name, args=[row.pk + 999]))
        assert real.status_code == unreal.status_code == 404


def test_who_has_no_second_step_is_led_to_it_before_entering(cast: Cast) -> None:
    Tenant.objects.filter(pk=cast.tenant.pk).update(requires_mfa=True)
    browser = signed_in(cast.viewer)
    answer = browser.get(cast.tenant.get_absolute_url(), follow=True)
    assert answer.redirect_chain[-1][0] == reverse("mfa_index")
    assert "Acme Agency lets members in who have a passkey" in answer.content.decode()
    Authenticator.objects.create(user=cast.viewer, type="totp", data={})
    assert browser.get(cast.tenant.get_absolute_url()).status_code == 200


def test_an_outsider_does_not_learn_that_a_tenant_asks_for_more(cast: Cast) -> None:
    Tenant.objects.filter(pk=cast.tenant.pk).update(requires_mfa=True)
    assert signed_in(cast.outsider).get(cast.tenant.get_absolute_url()).status_code == 404


@pytest.mark.parametrize("name", ["account_login", "account_signup", "account_signup_by_passkey"])
def test_next_is_kept_from_page_to_page_and_never_leads_away(name: str) -> None:
    page = Client().get(reverse(name), {"next": "/you/data/"}).content.decode()
    assert page.count("/you/data/") + page.count("%2Fyou%2Fdata%2F") >= 2


def test_a_foreign_address_is_not_where_signing_in_leads(nina: User) -> None:
    sent = {"login": EMAIL, "password": PASSWORD, "next": "https://evil.example/"}
    assert Client().post(reverse("account_login"), sent)["Location"] == "/"
