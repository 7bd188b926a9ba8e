"""Which mails a person wants: said on their page, or by the link in a mail."""

import json
import re
from typing import Any

import pytest
from django.core import signing
from django.test import Client
from django.urls import reverse

from accounts.audit.models.event import AuditEvent
from accounts.audit.recording import by_worker
from accounts.email.services.kinds import every_type
from accounts.email.types import REFUSABLE, TOPICS, Topic
from accounts.members.models.membership import Membership
from accounts.members.roles import Role
from accounts.members.services.email_preferences import stop_for
from accounts.members.services.tenants import add_member, create_tenant
from accounts.offboarding.services.account_closure import close_account
from accounts.users.models import User
from portal.staff.email_samples import sample
from tests.cast import Cast, signed_in

pytestmark = pytest.mark.django_db
EMAILS = every_type()
PAGE = "own-mails"
TERMS = Topic.TERMS


def membership(cast: Cast, user: User | None = None) -> Membership:
    rows = Membership.objects.select_related("user", "tenant")
    return rows.get(tenant=cast.tenant, user=user or cast.owner)


def save(browser: Client, *wanted: str, slug: str = "") -> int:
    data = {"wanted": list(wanted), "in": slug}
    return browser.post(reverse(PAGE), data).status_code


def link(cast: Cast) -> str:
    stop = stop_for(cast.owner, cast.tenant, TERMS)
    return stop.address.removeprefix("http://testserver")


def wants(cast: Cast) -> bool:
    return membership(cast).wants(TERMS)


def test_all_mails_come_until_somebody_says_otherwise(cast: Cast) -> None:
    page = signed_in(cast.owner).get(reverse(PAGE)).content.decode()
    assert page.count("checked") == len(REFUSABLE)
    assert all(membership(cast).wants(topic) for topic in Topic)


def test_what_is_unticked_does_not_come_from_anywhere(cast: Cast) -> None:
    browser = signed_in(cast.owner)
    assert save(browser) == 303
    assert not wants(cast)
    page = browser.get(reverse(PAGE)).content.decode()
    assert "checked" not in page
    save(browser, *REFUSABLE)
    assert wants(cast)


def test_one_organisation_s_mails_are_refused_alone(cast: Cast) -> None:
    other = create_tenant(name="Second Ltd", owner=cast.owner, actor=by_worker())
    save(signed_in(cast.owner), slug=cast.tenant.slug)
    assert not wants(cast)
    assert Membership.objects.get(tenant=other, user=cast.owner).wants(TERMS)
    assert membership(cast, cast.teammate).wants(TERMS)


def test_what_is_off_everywhere_is_said_on_an_organisation_s_page(cast: Cast) -> None:
    browser = signed_in(cast.owner)
    save(browser)
    page = browser.get(reverse(PAGE), {"in": cast.tenant.slug}).content.decode()
    assert "turned it off for every organisation" in page


@pytest.mark.parametrize("topic", sorted(set(Topic) - set(REFUSABLE)))
def test_what_must_come_cannot_be_refused_and_the_page_says_why(cast: Cast, topic: Topic) -> None:
    browser = signed_in(cast.owner)
    save(browser)
    assert membership(cast).wants(topic)
    page = browser.get(reverse(PAGE)).content.decode()
    assert f'value="{topic}"' not in page
    assert (TOPICS[topic].always in page) is TOPICS[topic].is_for_people
    signer = signing.Signer(salt="accounts.email.types.stop")
    forged = signer.sign_object([cast.owner.pk.hex, cast.tenant.pk.hex, topic.value])
    assert Client().post(reverse("mails-stop", args=[forged])).status_code == 404
    assert topic not in membership(cast).unwanted_mails


def test_a_made_up_topic_is_not_kept(cast: Cast) -> None:
    save(signed_in(cast.owner), "nonsense", "security")
    assert membership(cast).user.unwanted_mails == sorted(REFUSABLE)


def test_an_outsider_cannot_look_at_or_change_another_s_choice(cast: Cast) -> None:
    browser = signed_in(cast.outsider)
    for slug in (cast.tenant.slug, "no-such-tenant"):
        assert browser.get(reverse(PAGE), {"in": slug}).status_code == 404
        assert save(browser, slug=slug) == 404
    assert wants(cast)
    assert cast.tenant.name not in browser.get(reverse(PAGE)).content.decode()
    assert Client().get(reverse(PAGE)).status_code == 302


def test_a_choice_is_recorded_once_and_as_the_person_s_own(cast: Cast) -> None:
    browser = signed_in(cast.owner)
    save(browser, slug=cast.tenant.slug)
    save(browser, slug=cast.tenant.slug)
    event = AuditEvent._base_manager.get(tag="accounts:mails:chosen")
    assert (event.actor, event.tenant) == (cast.owner, None)
    assert event.data == {
        "before": "",
        "after": ", ".join(sorted(REFUSABLE)),
        "unwanted_from": "acme-agency",
    }


def test_the_page_asks_as_often_for_many_organisations_as_for_one(
    cast: Cast, django_assert_max_num_queries: Any
) -> None:
    for number in range(30):
        create_tenant(name=f"Client {number}", owner=cast.owner, actor=by_worker())
    browser = signed_in(cast.owner)
    with django_assert_max_num_queries(12):
        browser.get(reverse(PAGE), {"in": cast.tenant.slug})


def test_looking_at_the_link_stops_nothing(cast: Cast) -> None:
    page = Client().get(link(cast))
    assert "Stop these mails?" in page.content.decode()
    assert page["Cache-Control"] == "no-store"
    assert wants(cast)


def test_one_click_stops_them_without_a_cookie_and_without_a_redirect(cast: Cast) -> None:
    browser = Client(enforce_csrf_checks=True)
    for _ in range(2):
        answer = browser.post(link(cast), {"List-Unsubscribe": "One-Click"})
        assert answer.status_code == 200
        assert "These mails are stopped" in answer.content.decode()
    assert not wants(cast)
    assert AuditEvent._base_manager.filter(tag="accounts:mails:chosen").count() == 1


def test_stopped_mails_can_be_had_again_by_the_same_link(cast: Cast) -> None:
    Client().post(link(cast))
    answer = Client().post(link(cast), {"resume": "1"})
    assert "You get these mails again" in answer.content.decode()
    assert wants(cast)


def test_a_link_stops_nothing_for_anybody_else(cast: Cast) -> None:
    add_member(tenant=cast.elsewhere, user=cast.owner, role=Role.VIEWER, actor=by_worker())
    Client().post(link(cast))
    assert membership(cast, cast.teammate).wants(TERMS)
    assert Membership.objects.get(tenant=cast.elsewhere, user=cast.owner).wants(TERMS)


@pytest.mark.parametrize("spoil", [str.upper, lambda token: token[:-2], lambda _: "x"])
def test_a_forged_link_is_not_found(cast: Cast, spoil: Any) -> None:
    token = re.sub(r".*/stop/(.*)/", r"\1", link(cast))
    address = reverse("mails-stop", args=[spoil(token)])
    assert Client().get(address).status_code == Client().post(address).status_code == 404
    assert wants(cast)


def test_a_link_of_somebody_who_left_is_not_found(cast: Cast) -> None:
    address = link(cast)
    Membership.objects.filter(user=cast.owner).delete()
    assert Client().post(address).status_code == 404


@pytest.mark.parametrize("name", EMAILS)
def test_mails_that_can_be_refused_carry_their_stop_and_the_others_none(name: str) -> None:
    email = sample(name)
    message = email.message()
    may = EMAILS[name].topic in REFUSABLE
    assert ("/mails/stop/" in str(email.body)) is may
    assert ("/mails/stop/" in str(email.alternatives[0][0])) is may
    assert ("List-Unsubscribe" in message) is may
    if may:
        raw = email.message().as_bytes().decode()
        line = r"^List-Unsubscribe:\s+<http://testserver/mails/stop/\S+>$"
        assert re.search(line, raw, re.MULTILINE)
        assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_the_choice_goes_with_the_person_s_data_and_with_the_account(cast: Cast) -> None:
    browser = signed_in(cast.teammate)
    save(browser)
    save(browser, slug=cast.tenant.slug)
    data = json.loads(browser.post(reverse("own-data-export")).content)
    assert data["unwanted_mails"] == data["organisations"][0]["unwanted_mails"] == sorted(REFUSABLE)
    close_account(User.objects.get(pk=cast.teammate.pk), by_worker())
    assert User.objects.get(pk=cast.teammate.pk).unwanted_mails == []
