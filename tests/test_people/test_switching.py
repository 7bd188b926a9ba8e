"""Going from one organisation to another: the same page there, found by name, one's own only."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.audit.recording import by_worker
from accounts.members.models.membership import Membership
from accounts.members.roles import Role
from accounts.members.services.tenants import add_member, create_tenant
from accounts.tenancy.models import Tenant
from accounts.users.models import User
from portal.pages.organisation_switcher import PAGES, same_page
from tests.cast import Cast, signed_in
from tests.test_isolation.test_outsiders import ROUTES

pytestmark = pytest.mark.django_db
PAGE = "organisations"


def create(owner: User, *names: str) -> list[Tenant]:
    return [create_tenant(name=name, owner=owner, actor=by_worker()) for name in names]


def switcher(browser: Client, address: str) -> str:
    page = browser.get(address).content.decode()
    return page.partition('id="switcher"')[2].partition("</details>")[0]


@pytest.mark.parametrize("name", [*PAGES])
def test_the_switcher_leads_to_the_same_page(cast: Cast, name: str) -> None:
    (other,) = create(cast.owner, "Zeta Ltd")
    shown = switcher(signed_in(cast.owner), reverse(name, args=[cast.tenant.slug]))
    assert f'href="{reverse(name, args=[other.slug])}"' in shown


@pytest.mark.parametrize("name", [name for name, _ in ROUTES])
def test_every_page_has_one_to_go_to(name: str) -> None:
    assert same_page(name) in PAGES


@pytest.mark.parametrize(
    ("name", "page"),
    [
        ("connection-doctor", "connections"),
        ("credential-account-new", "credentials"),
        ("exchange", "exchanges"),
        ("member-remove", "members"),
        ("request", "requests"),
        ("you", "home"),
        ("", "home"),
    ],
)
def test_a_page_about_one_row_stays_behind(name: str, page: str) -> None:
    assert same_page(name) == page


def test_where_the_role_may_not_see_the_page_the_home_is_shown(cast: Cast) -> None:
    add_member(tenant=cast.elsewhere, user=cast.owner, role=Role.VIEWER, actor=by_worker())
    shown = switcher(signed_in(cast.owner), reverse("audit", args=[cast.tenant.slug]))
    assert f'href="{reverse("home", args=[cast.elsewhere.slug])}"' in shown
    assert reverse("audit", args=[cast.elsewhere.slug]) not in shown


def test_who_has_few_needs_no_search_and_who_has_many_gets_one(cast: Cast) -> None:
    browser = signed_in(cast.owner)
    home = reverse("home", args=[cast.tenant.slug])
    assert "hx-get" not in switcher(browser, home)
    assert "htmx-2" not in browser.get(home).content.decode()
    create(cast.owner, *(f"Client {number:03}" for number in range(30)))
    shown = switcher(browser, home)
    assert "hx-get" in shown
    assert "htmx-2" in browser.get(home).content.decode()
    assert shown.count("<li>") == 10


def test_the_page_finds_by_any_words_of_the_name(cast: Cast) -> None:
    create(cast.owner, "Blue Bird Bakery", "Bird Watchers", "Bakery Two")
    found = signed_in(cast.owner).get(reverse(PAGE), {"q": "bird"}).content.decode()
    main = found.partition("<main")[2]
    assert "Blue Bird Bakery" in main
    assert "Bird Watchers" in main
    assert "Bakery Two" not in main


def test_words_that_name_one_lead_there_at_once_and_to_the_same_page(cast: Cast) -> None:
    other, _ = create(cast.owner, "Blue Bird Bakery", "Bird Watchers")
    answer = signed_in(cast.owner).get(reverse(PAGE), {"q": "bakery bird", "at": "members"})
    assert (answer.status_code, answer["Location"]) == (302, f"/t/{other.slug}/members/")


def test_typing_gets_the_list_alone(cast: Cast) -> None:
    create(cast.owner, "Blue Bird Bakery")
    query = {"q": "blue", "at": "requests", "part": "1"}
    part = signed_in(cast.owner).get(reverse(PAGE), query).content.decode()
    assert "<html" not in part
    assert part.count("<li>") == 1
    assert "/requests/" in part


@pytest.mark.parametrize("at", ["https://evil.example", "admin:index", "//evil", "mails-stop"])
def test_a_made_up_page_leads_home(cast: Cast, at: str) -> None:
    answer = signed_in(cast.owner).get(reverse(PAGE), {"q": "acme", "at": at})
    assert answer["Location"] == cast.tenant.get_absolute_url()


def test_what_nothing_is_called_is_said(cast: Cast) -> None:
    browser = signed_in(cast.owner)
    hostile = "<script>alert(1)</script>"
    for query in ({"q": hostile}, {"q": hostile, "part": "1"}):
        page = browser.get(reverse(PAGE), query).content.decode()
        assert "No organisation of yours is called so" in page
        assert hostile not in page


def test_an_outsider_finds_nothing_of_others(cast: Cast) -> None:
    browser = signed_in(cast.outsider)
    for query in ({"q": "acme"}, {"q": "acme", "part": "1"}, {}):
        assert "Acme" not in browser.get(reverse(PAGE), query).content.decode()
    assert Client().get(reverse(PAGE), {"q": "acme"}).status_code == 302


def test_who_left_does_not_find_it_any_more(cast: Cast) -> None:
    Membership.objects.filter(user=cast.teammate).delete()
    assert "Acme" not in signed_in(cast.teammate).get(reverse(PAGE)).content.decode()


def test_hundreds_cost_as_many_queries_as_one(
    cast: Cast, django_assert_max_num_queries: Any, django_assert_num_queries: Any
) -> None:
    browser = signed_in(cast.owner)
    home = reverse("home", args=[cast.tenant.slug])
    browser.get(home)
    with django_assert_max_num_queries(20) as few:
        browser.get(home)
    tenants = Tenant.objects.bulk_create(
        Tenant(name=f"Client {number:03}", slug=f"client-{number}") for number in range(300)
    )
    Membership.objects.bulk_create(
        Membership(tenant=one, user=cast.owner, role=Role.OWNER) for one in tenants
    )
    with django_assert_num_queries(len(few)):
        browser.get(home)
    with django_assert_max_num_queries(8):
        browser.get(reverse(PAGE))
