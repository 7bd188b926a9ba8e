"""Three thousand hostile returns: not one row changes, and Google is not asked once.

`make soak-returns` makes a hundred thousand of them.
"""

import os
import random
from hashlib import sha256
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test import Client

from accounts.tenancy.scope import across_tenants
from provisioning.requests.models.attempt import AccountTicket, TosOutcome
from tests.cast import Cast, signed_in
from tests.emulator.thread import EmulatorThread
from tests.journeys import SHOP, connected, leave_for_terms, new_request, work

pytestmark = [pytest.mark.slow, pytest.mark.sqlite(only=True), pytest.mark.timeout(1800)]
MANY = int(os.environ.get("HOSTILE_RETURNS", "3000"))
BATCH = 1000
# Such a return is a reason to look at Google soon; that is noted once for each ticket and kind.
NOTED = {"provisioning_accountticket": {"look_at", "looks"}}
# What a member's other browser brought back is kept beside what counted, and recorded once.
KEPT = {
    "provisioning_tosoutcome": "WHERE counted",
    "accounts_auditevent": "WHERE tag <> 'provisioning:terms:return_ignored'",
}
NAMES = ("accountTicketId", "accountId", "error", "webPropertyId", "profileId", "state", "iss", "x")
SPICE = (
    "user_cancel",
    "max_accounts_reached",
    "backend_error",
    "accepted",
    "USER_CANCEL",
    "",
    "0",
    "-1",
    "1",
    "100001",
    "1" * 21,
    "١٢٣",  # Arabic digits are digits to `str.isdigit`
    "accounts/100001",
    "null",
    "1 OR 1=1",
    "'; DROP TABLE provisioning_provisioningrequest;--",
    "<script>alert(1)</script>",
    "{{7*7}}",
    "../../etc/passwd",
    "\x00",
    "\r\nLocation: https://evil.example",
    "https://evil.example/",
    "\ud7ff",
    "\U0001f9c1" * 30,
    "%00",
    "x" * 3000,
)


def hostile(dice: random.Random, tickets: list[str]) -> str:
    """The query of a return that somebody made up, perhaps about a ticket that exists."""
    parameters = []
    for _ in range(dice.randint(0, 6)):
        name = dice.choice(NAMES)
        value = dice.choice(SPICE)
        if name == "accountTicketId" and dice.random() < 0.7:
            value = bent(dice, dice.choice(tickets))
        parameters.append((name, value))
    return urlencode(parameters)


def bent(dice: random.Random, ticket: str) -> str:
    """A ticket's id, or almost."""
    place = dice.randrange(len(ticket))
    return dice.choice(
        (
            ticket,
            ticket.upper(),
            ticket[:place],
            f"{ticket} ",
            f"{ticket}\x00",
            ticket[:place] + dice.choice("Aa0-_%") + ticket[place + 1 :],
        )
    )


def honest(dice: random.Random, ticket: str) -> str:
    """A perfect return for a ticket, in a browser that did not leave with it."""
    answer = dice.choice(
        (
            {"accountId": "100001", "webPropertyId": "UA-1-1", "profileId": "1"},
            {},
            *({"error": code} for code in SPICE[:3]),
        )
    )
    return urlencode({"accountTicketId": ticket, **answer})


def digests() -> dict[str, str]:
    """A digest of every table's rows."""
    found = {}
    with connection.cursor() as cursor:
        for table in sorted(connection.introspection.table_names(cursor)):
            where = KEPT.get(table, "")
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)} {where}")  # noqa: S608  # names of our own tables
            names = [column[0] for column in cursor.description]
            noted = {names.index(name) for name in NOTED.get(table, ())}
            rows = sorted(
                repr([value for place, value in enumerate(row) if place not in noted])
                for row in cursor.fetchall()
            )
            found[table] = sha256("\n".join(rows).encode()).hexdigest()
    return found


@pytest.fixture
def tickets(owner_browser: Client, cast: Cast, google: EmulatorThread) -> dict[str, str]:
    """A ticket of the owner's tenant and one of somebody else's, both being accepted just now."""
    ours = new_request(owner_browser, connected(owner_browser, cast.tenant, google))
    elsewhere = signed_in(cast.outsider)
    theirs = new_request(elsewhere, connected(elsewhere, cast.elsewhere, google, SHOP))
    work()
    leave_for_terms(owner_browser, ours)
    leave_for_terms(elsewhere, theirs)
    with across_tenants():
        found = dict(AccountTicket.objects.values_list("request_id", "ticket_id"))
    return {"ours": found[ours.pk], "theirs": found[theirs.pk]}


def test_none_of_them_changes_a_row_or_asks_google(
    owner_browser: Client, cast: Cast, google: EmulatorThread, tickets: dict[str, str]
) -> None:
    dice = random.Random(f"returns {MANY}")  # noqa: S311  # reproducible on purpose
    strangers = [Client(), signed_in(cast.outsider), signed_in(cast.viewer)]
    teammate = signed_in(cast.teammate)
    browsers = [owner_browser, teammate, *strangers]
    before, asked = digests(), len(google.state.tickets)
    calls = google.call(lambda world: sum(world.log.counters.values()))
    for number in range(MANY):
        browser = browsers[number % len(browsers)]
        if number % 3:
            query = hostile(dice, unanswerable(browser, owner_browser, tickets))
        else:
            query = honest(dice, tickets["theirs" if browser is owner_browser else "ours"])
        answer = browser.get(f"/google/terms/?{query}")
        assert answer.status_code in (303, 400, 403), query
        if answer.status_code == 303:
            assert answer["Location"].startswith("/t/"), query
        if number % BATCH == BATCH - 1:
            assert digests() == before, number
    assert digests() == before
    with across_tenants():
        assert TosOutcome.objects.filter(counted=False).exists()
    assert len(google.state.tickets) == asked
    assert google.call(lambda world: sum(world.log.counters.values())) == calls


def unanswerable(browser: Client, owner: Client, tickets: dict[str, str]) -> list[str]:
    """The tickets of which no true answer can come from this browser."""
    return [tickets["theirs"]] if browser is owner else list(tickets.values())
