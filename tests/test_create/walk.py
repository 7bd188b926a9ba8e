"""Random walks of people, workers, staff, Google and the clock over a few requests."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

import time_machine
from django.db import connection
from django.test import Client
from django.urls import reverse
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule

from accounts.audit.recording import by_worker
from accounts.tenancy.scope import across_tenants, tenant_scope
from accounts.users.models import User
from provisioning.analytics.backends import Backend
from provisioning.requests.models.attempt import TosOutcome
from provisioning.requests.models.request import ProvisioningRequest
from provisioning.requests.models.status_change import StatusChange
from provisioning.requests.services.defaults import Choices, save_defaults
from provisioning.requests.states import Owner, Status, may_change
from tests.agreement import differences
from tests.buttons import Button, buttons_of
from tests.cast import make_cast, signed_in, with_second_step
from tests.emulator.person import Person, PersonBlocked
from tests.emulator.thread import EmulatorThread
from tests.journeys import (
    AGENCY,
    DETAILS,
    SHOP,
    connect_whatever_it_takes,
    connected,
    fresh,
    new_request,
    path_of,
)
from tests.journeys import work as do_what_is_due
from tests.kills import Fuse, WorkerKilled
from tests.machines import DatabaseMachine
from tests.scripting import script, stop_scripting
from tests.test_create.known import (
    described,
    known_to_the_portal,
    like_any_made_by_hand,
    made_at_google,
)
from tests.test_create.looking import made_by_hand

ItemT = TypeVar("ItemT")
BAKERY, SHOES = "Bluebird Bakery", "Swift Shoes"
TROUBLES = [
    "ticket-503",
    "html-502",
    "api-401-once",
    "property-503",
    "stream-503",
    "accept-no-accountid",
    "callback-forged",
    "rt-revoked-by-user",
    "api-401-always",
]
# How late Google lists a new account: not at all, by the number of looks, by the clock.
DELAYS: list[dict[str, int]] = [
    {"listings": 1},
    {"listings": 4},
    {"seconds": 60},
    {"seconds": 1500},
    {"seconds": 9 * 3600},
    {"seconds": 2 * 86400},
]
ANSWERS = ["accept", "accept", "accept", "cancel", "limit", "backend_error"]
TAGS = {Backend.GA4: "G-", Backend.V3: "UA-"}
MORNING = datetime(2027, 3, 1, 9, 0, tzinfo=UTC)
# Minutes of waiting, one after another, until whatever the portal still waits for has come.
PATIENCE = [1.0] * 5 + [6.0] * 10 + [61.0] * 27 + [60.0 * 25] * 10


@dataclass
class Tab:
    """The page of a request, as it was when a browser drew it."""

    browser: Client
    request: UUID
    buttons: list[Button] = field(default_factory=list)


# Which of the things there are, however many: what is drawn never depends on what happened, so
# that the jitter of a retry cannot confuse who draws.
some = st.integers(0, 999)


def pick(items: Sequence[ItemT], place: int) -> ItemT:
    """The one at that place, counted round and round."""
    return items[place % len(items)]


class RequestWalk(DatabaseMachine):
    """Whatever happens in whatever order: nothing twice, nothing lost, nothing stuck."""

    google: EmulatorThread
    backend: Backend

    @property
    def legacy(self) -> str:
        """What is posted with a wish to connect for this backend."""
        return "1" if self.backend is Backend.V3 else ""

    @initialize(names=st.sampled_from([(BAKERY,), (BAKERY,), (BAKERY, SHOES), (BAKERY, BAKERY)]))
    def begin(self, names: tuple[str, ...]) -> None:
        self.google.reset()
        self.clock = MORNING
        self.killed = False
        with self.now():
            self.enter(names)
        self.worker_works(0.0)

    def enter(self, names: tuple[str, ...]) -> None:
        """Everybody comes on stage, connects two Google accounts and asks for accounts."""
        self.cast = make_cast()
        self.staff = User.objects.create_user(
            "staff@portal.example", is_staff=True, is_superuser=True
        )
        owner, teammate = self.cast.owner, self.cast.teammate
        self.browsers = [signed_in(owner), signed_in(owner), signed_in(teammate)]
        with tenant_scope(self.cast.tenant):
            save_defaults(self.cast.tenant, Choices(backend=self.backend), by_worker())
        first = self.browsers[0]
        through = connected(first, self.cast.tenant, self.google, legacy=self.legacy)
        self.other = connected(first, self.cast.tenant, self.google, SHOP, legacy=self.legacy)
        self.requests = [new_request(first, through, account_name=name).pk for name in names]
        self.terms: list[str] = []
        self.returns: list[str] = []
        self.tabs: list[Tab] = []
        self.told: set[str] = set()

    @contextmanager
    def now(self) -> Iterator[None]:
        """The walk's own clock; no two things happen in the same moment."""
        self.clock += timedelta(seconds=1)
        with time_machine.travel(self.clock):
            yield

    # The clock and the worker

    @rule(hours=st.sampled_from([0.0, 0.003, 0.03, 0.3, 1.1, 14.0]))
    def worker_works(self, hours: float) -> None:
        self.clock += timedelta(hours=hours)
        with self.now():
            do_what_is_due()

    @rule(writes=st.integers(1, 40))
    def worker_dies(self, writes: int) -> None:
        with self.now(), connection.execute_wrapper(Fuse(writes)):
            try:
                do_what_is_due()
            except WorkerKilled:
                self.killed = True
                self.clock += timedelta(minutes=1)

    # Google

    @rule(trouble=st.sampled_from(TROUBLES))
    def google_fails(self, trouble: str) -> None:
        script(self.google, trouble, times=1)

    @rule(delay=st.sampled_from(DELAYS), fails=st.booleans(), named=st.sampled_from(["", SHOES]))
    def google_makes_the_next_account_oddly(
        self, delay: dict[str, Any], fails: bool, named: str
    ) -> None:
        """Listed late, answered with `backend_error` all the same, or renamed at once."""
        script(self.google, "account-visible-late", times=1, **delay)
        if fails:
            script(self.google, "error-after-accept", times=1)
        if named:
            script(self.google, "account-renamed", times=1, called=named)

    @rule()
    def google_is_well(self) -> None:
        stop_scripting(self.google)

    @rule()
    def google_takes_a_second_answer(self) -> None:
        script(self.google, "answer-again")

    @rule()
    def somebody_makes_an_account_of_that_name_by_hand(self) -> None:
        with self.now():
            made_by_hand(self.google, BAKERY)

    # People at Google

    @rule(which=some, answer=st.sampled_from(ANSWERS))
    def person_answers_one_of_the_terms_left_open(self, which: int, answer: str) -> None:
        if self.terms:
            self.answer_terms(pick(self.terms, which), answer)

    def answer_terms(self, address: str, answer: str) -> None:
        """Answer as whoever the ticket is bound to, if the page lets them."""
        with self.now():
            for email in (AGENCY, SHOP):
                try:
                    back = Person(self.google.base_url, email).answer_terms(address, answer)
                except PersonBlocked:
                    continue
                self.returns.append(path_of(str(back)))

    @rule(which=some, browser=some)
    def person_comes_back(self, which: int, browser: int) -> None:
        if self.returns:
            self.come_back(pick(self.returns, which), browser)

    def come_back(self, back: str, browser: int) -> None:
        """Follow what Google's page sends the browser back to."""
        with self.now():
            assert pick(self.browsers, browser).get(back).status_code == 303

    @rule(which=some, answer=st.sampled_from(ANSWERS), returns=st.booleans())
    def person_goes_to_the_terms_and_answers(self, which: int, answer: str, returns: bool) -> None:
        tab = self.look(pick(self.requests, which), self.browsers[0])
        there = [one for one in tab.buttons if one.address.endswith("/terms/")]
        open_before, back_before = len(self.terms), len(self.returns)
        if there:
            self.press(tab.browser, there[0], dict(there[0].data or {}))
        if len(self.terms) > open_before:
            self.answer_terms(self.terms[-1], answer)
        if returns and len(self.returns) > back_before:
            self.come_back(self.returns[-1], 0)

    # People at the portal

    @rule(which=some, browser=some, button=some, line=some, sure=st.booleans())
    def person_presses_what_the_page_offers(
        self, which: int, browser: int, button: int, line: int, sure: bool
    ) -> None:
        tab = self.look(pick(self.requests, which), pick(self.browsers, browser))
        self.press_one_of(tab, button, line, sure=sure)

    @rule(which=some, button=some, line=some, sure=st.booleans())
    def person_presses_in_a_tab_left_open(
        self, which: int, button: int, line: int, sure: bool
    ) -> None:
        if self.tabs:
            self.press_one_of(pick(self.tabs, which), button, line, sure=sure)

    @rule(which=some, name=st.sampled_from([BAKERY, SHOES]), other=st.booleans())
    def person_changes_the_details(self, which: int, name: str, other: bool) -> None:
        row = fresh(pick(self.requests, which))
        through = self.other.pk if other or row.connection is None else row.connection.pk
        details = {**DETAILS, "account_name": name, "connection": str(through)}
        address = reverse("request-details", args=[self.cast.tenant.slug, row.pk])
        with self.now():
            self.browsers[0].post(address, {**details, "submission": str(row.submission)})

    @rule(email=st.sampled_from([AGENCY, SHOP]))
    def person_reconnects(self, email: str) -> None:
        stop_scripting(self.google)
        with self.now():
            connect_whatever_it_takes(
                self.browsers[0], self.cast.tenant, self.google, email, legacy=self.legacy
            )

    @rule(
        action=st.sampled_from(["retry", "restart", "look", "expire", "cancel"]),
        which=some,
        sure=st.booleans(),
    )
    def staff_acts(self, action: str, which: int, sure: bool) -> None:
        if action == "cancel" and not sure:
            return
        chosen = str(pick(self.requests, which))
        page = reverse("admin:provisioning_provisioningrequest_changelist")
        form = {"action": action, "_selected_action": [chosen], "reason": "Asked for"}
        with self.now():
            assert with_second_step(self.staff).post(page, form).status_code == 302

    def look(self, pk: UUID, browser: Client) -> Tab:
        """Open the page of a request, and leave the tab open."""
        with self.now():
            answer = browser.get(fresh(pk).get_absolute_url())
        assert answer.status_code == 200
        posting = [one for one in buttons_of(answer.content.decode()) if one.data is not None]
        self.tabs.append(Tab(browser, pk, posting))
        return self.tabs[-1]

    def press_one_of(self, tab: Tab, which: int, line: int, *, sure: bool) -> None:
        """Press a button that was on the page when it was drawn; what ends it, only if `sure`."""
        if not tab.buttons:
            return
        button = pick(tab.buttons, which)
        if "ancel" in button.label and not sure:
            return
        sent = dict(button.data or {})
        sent |= {name: pick(lines, line) for name, lines in button.choices.items()}
        if button.address.endswith("/choose/") and not sent.get("account"):
            self.told |= {one.account_id for one in fresh(tab.request).to_choose}
        self.press(tab.browser, button, sent)

    def press(self, browser: Client, button: Button, sent: dict[str, str]) -> None:
        """Send the form, and go where it leads."""
        with self.now():
            answer = browser.post(button.address, sent)
            assert answer.status_code == 303, (button, answer.status_code)
            where = answer["Location"]
            if not where.startswith(self.google.base_url):
                return
            if "termsofservice" in where.lower():
                self.terms.append(where)
                return
            back = Person(self.google.base_url, AGENCY).consent(where)
            assert browser.get(path_of(back)).status_code in (200, 303, 409)

    # What holds at every moment

    @invariant()
    def nothing_is_unlawful_invented_or_made_twice(self) -> None:
        with across_tenants():
            moves = list(StatusChange.objects.values_list("old", "new").exclude(old=""))
            rows = list(ProvisioningRequest.objects.select_related("account"))
            counted = list(TosOutcome.objects.filter(counted=True).values_list("ticket", flat=True))
        assert all(may_change(Status(old), Status(new)) for old, new in moves)
        assert len(counted) == len(set(counted))
        claimed = [row.account.account_id for row in rows if row.provisioned]
        assert len(claimed) == len(set(claimed))
        for row in rows:
            if row.status == Status.COMPLETED:
                assert row.account.measurement_id.startswith(TAGS[self.backend])
        invented = known_to_the_portal().keys() - self.google.state.accounts.keys()
        assert not invented, f"named by the portal, unknown to Google: {invented}"
        self.google_holds_nothing_twice()

    def google_holds_nothing_twice(self) -> None:
        """One property and stream for each account, whichever way they come about."""
        state = self.google.state
        if self.backend is Backend.V3:
            # They come with each account; the portal adds none.
            made = len(made_at_google(self.google))
            assert len(state.legacy_properties) == len(state.legacy_views) == made
            return
        homes = [one.account_id for one in state.properties.values()]
        assert len(homes) == len(set(homes))
        homes = [one.property_id for one in state.streams.values()]
        assert len(homes) == len(set(homes))

    # What holds in the end

    def teardown(self) -> None:
        try:
            if hasattr(self, "requests"):
                self.wait_with_a_healthy_google()
                self.no_request_is_stuck()
                self.every_account_is_known()
                self.every_call_is_written_down()
        finally:
            super().teardown()

    def wait_with_a_healthy_google(self) -> None:
        """Nobody presses anything any more; people only connect again what has to be."""
        for email in (AGENCY, SHOP):
            self.person_reconnects(email)
        for minutes in PATIENCE:
            self.clock += timedelta(minutes=minutes)
            with self.now():
                do_what_is_due()

    def no_request_is_stuck(self) -> None:
        """Every request waits for a person, or for nobody."""
        for pk in self.requests:
            row = fresh(pk)
            assert row.display.owner in (Owner.PERSON, Owner.NOBODY), (row.status, row.problem)

    def every_account_is_known(self) -> None:
        """Accounts at Google = accounts that the portal knows."""
        lost = made_at_google(self.google) - known_to_the_portal().keys() - self.told
        lost -= like_any_made_by_hand(self.google)
        assert not lost, described(lost, self.requests, self.google)

    def every_call_is_written_down(self) -> None:
        """Whoever is killed between a call and its record writes nothing down."""
        if not self.killed:
            assert differences(self.google) == []
