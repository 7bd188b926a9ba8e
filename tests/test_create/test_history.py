"""The history of a request: who did it, in which attempt, and what was said to Google then."""

import re
from datetime import timedelta
from html import unescape

import time_machine
from django.test import Client

from provisioning.requests.states import Status
from tests.cast import Cast
from tests.emulator.thread import EmulatorThread
from tests.journeys import answer_terms, connected, fresh, new_request, work


def exchanges_of(browser: Client, page: str, number: int) -> set[str]:
    """The addresses of the exchanges that the link of this attempt leads to."""
    link = re.search(rf'id="attempt-{number}-exchanges"\s+href="([^"]+)"', page)
    assert link is not None
    listed = browser.get(unescape(link[1])).content.decode()
    return set(re.findall(r'href="(/t/[^"]+/exchanges/[0-9a-f-]{36}/)"', listed))


def test_the_history_leads_to_each_attempt_and_to_what_was_said_during_it(
    owner_browser: Client, cast: Cast, google: EmulatorThread
) -> None:
    connection = connected(owner_browser, cast.tenant, google)
    request = new_request(owner_browser, connection)
    work()
    answer_terms(owner_browser, request, google, "backend_error")
    due = fresh(request.pk).due_at
    assert due is not None
    with time_machine.travel(due + timedelta(seconds=1)):
        work()
        assert fresh(request.pk).status == Status.AWAITING_TERMS
        page = owner_browser.get(request.get_absolute_url()).content.decode()
        first, second = (exchanges_of(owner_browser, page, number) for number in (1, 2))
        everything = owner_browser.get(
            f"/t/{cast.tenant.slug}/exchanges/", {"subject": str(request.pk)}
        ).context["page_obj"]

    for number in (1, 2):
        assert f'href="#attempt-{number}"' in page
        assert f'id="attempt-{number}"' in page
    assert first
    assert second
    assert not first & second
    assert len(first | second) == everything.paginator.count


def test_the_history_says_who_did_it_with_an_icon(
    owner_browser: Client, cast: Cast, google: EmulatorThread
) -> None:
    connection = connected(owner_browser, cast.tenant, google)
    request = new_request(owner_browser, connection)
    work()
    answer_terms(owner_browser, request, google)
    page = owner_browser.get(request.get_absolute_url()).content.decode()
    said = re.findall(r'class="event-who">\s*<svg.*?</svg>\s*([^<]+)</span>', page, re.DOTALL)
    assert {"You", "Worker"} <= set(said)
