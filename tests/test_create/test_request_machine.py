"""A request under every order of events ends lawfully, with one account per acceptance."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.utils import timezone
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule
from pytest_django import Settings

from accounts.audit import by_worker
from accounts.tenancy import across_tenants, tenant_scope
from provisioning.models import Move, ProvisionedAccount, ProvisioningRequest, TosOutcome
from provisioning.models.request import Dialect
from provisioning.services.defaults import Choices, save_defaults
from provisioning.states import Status, may_move
from tests.cast import make_cast, signed_in
from tests.emulator.person import Person, PersonBlocked
from tests.emulator.thread import EmulatorThread
from tests.journeys import AGENCY, connect, connected, fresh, new_request, path_of, work
from tests.machines import DatabaseMachine, run_machine
from tests.scripting import script, stop_scripting

TROUBLES = [
    "ticket-503",
    "html-502",
    "api-401-once",
    "property-503",
    "stream-503",
    "accept-no-accountid",
    "account-visible-late",
    "late-callback",
    "error-after-accept",
    "callback-forged",
    "rt-revoked-by-user",
    "api-401-always",
]
TAGS = {Dialect.GA4: "G-", Dialect.V3: "UA-"}
ANSWERS = ["accept", "accept", "cancel", "limit", "backend_error"]


class WorkerKilled(BaseException):
    """What nothing in a worker catches."""


class Fuse:
    """Ends a worker at one of its writes to the database."""

    def __init__(self, writes: int) -> None:
        self.left = writes

    def __call__(self, execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        if sql.lstrip().upper().startswith(("INSERT", "UPDATE")):
            self.left -= 1
            if self.left == 0:
                raise WorkerKilled
        return execute(sql, *rest)


class RequestMachine(DatabaseMachine):
    """A person, a worker, Google and the clock, in any order."""

    google: EmulatorThread
    dialect: Dialect

    @property
    def legacy(self) -> str:
        """What is posted with a wish to connect for this dialect."""
        return "1" if self.dialect is Dialect.V3 else ""

    @initialize()
    def begin(self) -> None:
        self.google.reset()
        self.cast = make_cast()
        self.browser = signed_in(self.cast.owner)
        with tenant_scope(self.cast.tenant):
            save_defaults(self.cast.tenant, Choices(dialect=self.dialect), by_worker())
        through = connected(self.browser, self.cast.tenant, self.google, legacy=self.legacy)
        self.pk = new_request(self.browser, through).pk
        self.clock = timezone.now()
        self.terms: list[str] = []
        self.returns: list[str] = []
        self.disowned = False

    @property
    def row(self) -> ProvisioningRequest:
        return fresh(self.pk)

    @rule(hours=st.sampled_from([0.0, 0.01, 0.3, 2.0]))
    def worker_works(self, hours: float) -> None:
        self.clock += timedelta(hours=hours)
        with time_machine.travel(self.clock):
            work()

    @rule(writes=st.integers(1, 40))
    def worker_dies(self, writes: int) -> None:
        with time_machine.travel(self.clock), connection.execute_wrapper(Fuse(writes)):
            try:
                work()
            except WorkerKilled:
                self.clock += timedelta(minutes=1)

    @rule(trouble=st.sampled_from(TROUBLES))
    def google_fails(self, trouble: str) -> None:
        script(self.google, trouble, times=1)

    @rule()
    def google_is_well(self) -> None:
        stop_scripting(self.google)

    @precondition(lambda self: self.row.status == Status.AWAITING_TERMS)
    @rule()
    def person_leaves_for_the_terms(self) -> None:
        with time_machine.travel(self.clock):
            address = self.browser.post(f"{self.row.get_absolute_url()}terms/")["Location"]
        if address.startswith("http"):
            self.terms.append(address)

    @precondition(lambda self: self.terms)
    @rule(data=st.data(), answer=st.sampled_from(ANSWERS))
    def person_answers_one_of_the_pages_left_open(self, data: st.DataObject, answer: str) -> None:
        address = data.draw(st.sampled_from(self.terms))
        with time_machine.travel(self.clock):
            try:
                back = Person(self.google.base_url, AGENCY).answer_terms(address, answer)
            except PersonBlocked:
                return
        self.returns.append(path_of(str(back)))

    @precondition(lambda self: self.returns)
    @rule(data=st.data())
    def person_comes_back(self, data: st.DataObject) -> None:
        back = data.draw(st.sampled_from(self.returns))
        with time_machine.travel(self.clock):
            assert self.browser.get(back).status_code == 303

    @rule(action=st.sampled_from(["again", "check", "again", "check", "cancel"]))
    def person_presses(self, action: str) -> None:
        if action == "cancel" and self.returns:
            return
        with time_machine.travel(self.clock):
            self.browser.post(f"{self.row.get_absolute_url()}{action}/")

    @precondition(lambda self: self.row.failure == "ambiguous")
    @rule(data=st.data())
    def person_chooses(self, data: st.DataObject) -> None:
        found = [one.account_id for one in self.row.to_choose]
        chosen = data.draw(st.sampled_from(["", *found]))
        self.disowned |= not chosen
        with time_machine.travel(self.clock):
            self.browser.post(f"{self.row.get_absolute_url()}choose/", {"account": chosen})

    @rule()
    def person_reconnects(self) -> None:
        stop_scripting(self.google)
        with time_machine.travel(self.clock):
            connect(self.browser, self.cast.tenant, self.google, legacy=self.legacy)

    @invariant()
    def every_move_is_lawful(self) -> None:
        with across_tenants():
            moves = list(Move.objects.order_by("created_at", "pk"))
        assert all(may_move(Status(m.old), Status(m.new)) for m in moves if m.old)

    @invariant()
    def completed_means_verified(self) -> None:
        with across_tenants():
            row = ProvisioningRequest.objects.select_related("account").get()
            accounts = list(ProvisionedAccount.objects.all())
        assert len(accounts) <= 1
        if accounts:
            assert accounts[0].account_id in self.google.state.accounts
        if row.status == Status.COMPLETED:
            assert accounts[0].measurement_id.startswith(TAGS[self.dialect])

    @invariant()
    def google_holds_at_most_one_account_per_acceptance(self) -> None:
        state = self.google.state
        accepted = [one.account_id for one in state.tickets.values() if one.status == "accepted"]
        assert sorted(map(str, accepted)) == sorted(state.accounts)
        with across_tenants():
            known = set(ProvisioningRequest.objects.values_list("tickets__ticket_id", flat=True))
        assert {one.id for one in state.tickets.values() if one.account_id} <= known

    @invariant()
    def nothing_is_made_twice(self) -> None:
        state = self.google.state
        if self.dialect is Dialect.V3:
            # They come with each account; the portal adds none.
            assert {one.account_id for one in state.legacy_properties.values()} <= set(
                state.accounts
            )
            assert len(state.legacy_properties) == len(state.legacy_views) == len(state.accounts)
        else:
            assert not state.legacy_properties
            assert len(state.properties) <= 1
            assert len(state.streams) <= 1
        with across_tenants():
            counted = TosOutcome.objects.filter(counted=True).values_list("ticket", flat=True)
        assert len(counted) == len(set(counted))

    def teardown(self) -> None:
        try:
            if hasattr(self, "pk"):
                self.comes_to_rest()
                self.loses_nothing_that_was_accepted()
        finally:
            super().teardown()

    def comes_to_rest(self) -> None:
        """Left alone with a healthy Google, the request waits for a person or has ended."""
        stop_scripting(self.google)
        self.clock += timedelta(days=3)
        with time_machine.travel(self.clock):
            work()
        resting = {
            Status.AWAITING_TERMS,
            Status.EXPIRED,
            Status.DECLINED,
            Status.LIMIT_REACHED,
            Status.COMPLETED,
            Status.CANCELLED,
            Status.FAILED,
            Status.NEEDS_RECONNECT,
            Status.WAITING_RETRY,
            Status.VERIFYING,
        }
        assert self.row.status in resting

    def loses_nothing_that_was_accepted(self) -> None:
        """Whoever accepted gets the account, or is asked which it is, by one look at Google."""
        if not self.google.state.accounts or self.disowned:
            return
        self.person_reconnects()
        with time_machine.travel(self.clock):
            work()
        for _ in range(14):
            self.person_presses_check()
            self.clock += timedelta(hours=1)
            with time_machine.travel(self.clock):
                work()
        row = self.row
        found = row.status in (Status.COMPLETED, Status.CANCELLED) or row.failure == "ambiguous"
        assert found, (row.status, row.failure, row.problem)

    def person_presses_check(self) -> None:
        with time_machine.travel(self.clock):
            self.browser.post(f"{self.row.get_absolute_url()}check/")


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("dialect", Dialect)
def test_no_order_of_events_leads_astray(
    db: None, google: EmulatorThread, settings: Settings, dialect: Dialect
) -> None:
    settings.GOOGLE_PROVISIONING_V3 = dialect is Dialect.V3
    RequestMachine.google, RequestMachine.dialect = google, dialect
    run_machine(RequestMachine, examples=25, steps=25)
