"""Whoever is signed out when they send a form comes back to the page that it stands on."""

import pytest
from django.test import Client
from django.urls import reverse

from tests.cast import Cast, signed_in


def after_signing_in(browser: Client, address: str, page: str = "") -> str:
    """Where the link to sign in brings back to, once `address` was sent a form from `page`."""
    headers = {"referer": page} if page else {}
    answer = browser.post(address, {"emails": "nina@new.example"}, headers=headers)
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith(reverse("account_login"))
    there = browser.get(answer.headers["Location"]).content.decode()
    found = there.split('name="next" value="')[1].split('"')[0]
    return found.replace("&amp;", "&")


def test_a_form_brings_back_to_its_page(cast: Cast) -> None:
    invite = reverse("members-invite", args=[cast.tenant.slug])
    members = reverse("members", args=[cast.tenant.slug])
    back = after_signing_in(Client(), invite, f"http://testserver{members}?page=2&q=x")
    assert back == f"{members}?page=2&q=x"
    assert signed_in(cast.owner).get(back).status_code == 200


@pytest.mark.parametrize(
    "page",
    [
        "",
        "https://evil.example/",
        "//evil.example/",
        "http://testserver.evil.example/",
        "http://testserver@evil.example/",
        "javascript:alert(1)",
        "http://[",
        "\\\\evil.example",
    ],
)
def test_a_page_of_somebody_else_is_never_gone_back_to(cast: Cast, page: str) -> None:
    invite = reverse("members-invite", args=[cast.tenant.slug])
    assert after_signing_in(Client(), invite, page) == invite


def test_who_only_looks_comes_back_to_where_they_wanted_to_be(cast: Cast) -> None:
    members = reverse("members", args=[cast.tenant.slug])
    answer = Client().get(f"{members}?page=2", headers={"referer": "http://testserver/you/data/"})
    assert answer.headers["Location"].endswith(f"next={members}%3Fpage%3D2")


def test_pages_say_whose_they_are_to_themselves_alone(cast: Cast) -> None:
    """What was typed is kept for this person; a page for nobody in particular names nobody."""
    page = signed_in(cast.owner).get(reverse("members", args=[cast.tenant.slug]))
    assert f'data-person="{cast.owner.pk}"' in page.content.decode()
    assert "data-person" not in Client().get(reverse("account_login")).content.decode()
