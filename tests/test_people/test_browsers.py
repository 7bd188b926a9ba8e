"""Where a person is signed in: what the page says, signing out there, and what it costs."""

from datetime import timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.audit.models.event import AuditEvent
from accounts.authentication.services.sessions import browsers_of, forget_expired
from accounts.tenancy.scope import across_tenants
from accounts.users.models import User
from portal.pages.dashboard import _verified_before
from tests.cast import Cast, signed_in

pytestmark = pytest.mark.django_db
EMAIL, PASSWORD = "nina@new.example", "canary-password-of-nina"
PAGE = "usersessions_list"


@pytest.fixture
def nina() -> User:
    user = User.objects.create_user(EMAIL, PASSWORD)
    EmailAddress.objects.create(user=user, email=EMAIL, verified=True, primary=True)
    return user


def sign_in(email: str = EMAIL, **headers: Any) -> Client:
    browser = Client(**headers)
    answer = browser.post(reverse("account_login"), {"login": email, "password": PASSWORD})
    assert answer.status_code == 302
    return browser


def is_in(browser: Client) -> bool:
    return browser.get(reverse("own-data")).status_code == 200


def row_of(browser: Client) -> UserSession:
    return UserSession.objects.get(session_key=browser.session.session_key)


def acts() -> list[dict[str, Any]]:
    with across_tenants():
        rows = AuditEvent.objects.filter(tag="accounts:user:signed_out")
        return list(rows.values_list("data", flat=True))


def test_the_page_names_each_browser_and_when_and_from_where_it_was_last_used(nina: User) -> None:
    here = sign_in()
    sign_in(REMOTE_ADDR="198.51.100.7", HTTP_USER_AGENT="Mozilla/5.0 (Windows) Firefox/140.0")
    page = here.get(reverse(PAGE)).content.decode()
    assert page.count("Last used") == 2
    assert "Firefox on Windows" in page
    assert "198.51.100.7" in page
    assert page.count("This browser") == 1


def test_a_browser_that_is_used_is_seen_again_after_a_while_and_where(nina: User) -> None:
    browser = sign_in()
    past = timezone.now() - timedelta(hours=3)
    UserSession.objects.update(last_seen_at=past)
    browser.get(reverse("own-data"), REMOTE_ADDR="198.51.100.7")
    row = row_of(browser)
    assert row.ip == "198.51.100.7"
    assert row.last_seen_at - past > timedelta(hours=2)


def test_a_page_after_the_first_does_not_write_that_it_was_opened(nina: User) -> None:
    browser = sign_in()
    browser.get(reverse("own-data"))
    with CaptureQueriesContext(connection) as queries:
        browser.get(reverse("own-data"))
    assert not [one for one in queries.captured_queries if one["sql"].startswith("UPDATE")]


def test_signing_out_everywhere_else_ends_every_other_browser(nina: User) -> None:
    here, there, far = sign_in(), sign_in(), sign_in()
    here.post(reverse(PAGE), {"browser": "others"})
    assert (is_in(here), is_in(there), is_in(far)) == (True, False, False)
    assert acts() == [{"browsers": 2}]


def test_signing_out_everywhere_ends_this_browser_too(nina: User) -> None:
    here, there = sign_in(), sign_in()
    answer = here.post(reverse(PAGE), {"browser": "all"})
    assert answer["Location"] == reverse("account_login")
    assert (is_in(here), is_in(there)) == (False, False)
    assert not UserSession.objects.exists()


def test_one_browser_is_signed_out_alone(nina: User) -> None:
    here, there, far = sign_in(), sign_in(), sign_in()
    here.post(reverse(PAGE), {"browser": str(row_of(there).pk)})
    assert (is_in(here), is_in(there), is_in(far)) == (True, False, True)


def test_a_browser_of_somebody_else_is_none_at_all(nina: User, cast: Cast) -> None:
    hers = sign_in()
    outsider = signed_in(cast.outsider)
    assert EMAIL not in outsider.get(reverse(PAGE)).content.decode()
    for which in (row_of(hers).pk, 999_999_999, "", "nonsense"):
        assert outsider.post(reverse(PAGE), {"browser": which}).status_code == 404
    outsider.post(reverse(PAGE), {"browser": "all"})
    assert is_in(hers)


def test_nobody_who_is_not_signed_in_sees_the_page() -> None:
    for answer in (Client().get(reverse(PAGE)), Client().post(reverse(PAGE), {"browser": "all"})):
        assert answer["Location"].startswith(reverse("account_login"))


def test_a_session_that_is_over_is_listed_no_more(nina: User) -> None:
    here, expired, emptied = sign_in(), sign_in(), sign_in()
    Session.objects.filter(pk=expired.session.session_key).update(
        expire_date=timezone.now() - timedelta(minutes=1)
    )
    store = emptied.session
    store.flush()
    assert [row.session_key for row in browsers_of(nina)] == [here.session.session_key]


def test_a_session_from_before_a_new_password_is_listed_no_more(nina: User) -> None:
    sign_in()
    nina.set_password(f"{PASSWORD}-2")
    nina.save()
    assert browsers_of(nina) == []


def test_sessions_that_are_over_are_thrown_away(nina: User) -> None:
    here, expired = sign_in(), sign_in()
    Session.objects.filter(pk=expired.session.session_key).update(
        expire_date=timezone.now() - timedelta(minutes=1)
    )
    assert forget_expired() == 1
    assert Session.objects.filter(expire_date__lt=timezone.now()).count() == 0
    assert is_in(here)


def sign_in_to_home(email: str) -> int:
    """How often signing in and opening the own organisation asks the database."""
    browser = Client()
    cache.clear()
    _verified_before.cache_clear()
    sent = {"login": email, "password": PASSWORD}
    with CaptureQueriesContext(connection) as queries:
        answer = browser.post(reverse("account_login"), sent, follow=True)
    assert answer.redirect_chain[-1][0].startswith("/t/")
    return len(queries)


def test_signing_in_asks_alike_with_one_browser_and_with_thirty(cast: Cast) -> None:
    cast.owner.set_password(PASSWORD)
    cast.owner.save()
    EmailAddress.objects.create(
        user=cast.owner, email=cast.owner.email, verified=True, primary=True
    )
    sign_in(cast.owner.email)
    with_one = sign_in_to_home(cast.owner.email)
    for _ in range(30):
        sign_in(cast.owner.email)
    assert UserSession.objects.filter(user=cast.owner).count() >= 30
    assert sign_in_to_home(cast.owner.email) == with_one


def test_the_page_asks_alike_for_one_browser_and_for_thirty(nina: User) -> None:
    def asked() -> int:
        here.get(reverse(PAGE))
        with CaptureQueriesContext(connection) as queries:
            here.get(reverse(PAGE))
        return len(queries)

    here = sign_in()
    with_one = asked()
    for _ in range(30):
        sign_in()
    assert asked() == with_one <= 10
