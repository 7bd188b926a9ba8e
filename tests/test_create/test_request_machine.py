"""A request under every order of events ends lawfully, with one account per acceptance."""

from datetime import timedelta

import time_machine
from django.utils import timezone
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from accounts.tenancy import across_tenants
from provisioning.models import Move, ProvisionedAccount, ProvisioningRequest, TosOutcome
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
    "rt-revoked-by-user",
    "api-401-always",
]


class RequestMachine(DatabaseMachine):
    """A person, a worker, Google and the clock, in any order."""

    google: EmulatorThread

    @initialize()
    def begin(self) -> None:
        self.google.reset()
        self.cast = make_cast()
        self.browser = signed_in(self.cast.owner)
        connection = connected(self.browser, self.cast.tenant, self.google)
        self.pk = new_request(self.browser, connection).pk
        self.clock = timezone.now()
        self.returns: list[str] = []

    @property
    def row(self) -> ProvisioningRequest:
        return fresh(self.pk)

    @rule(hours=st.sampled_from([0.0, 0.01, 0.3, 2.0]))
    def worker_works(self, hours: float) -> None:
        self.clock += timedelta(hours=hours)
        with time_machine.travel(self.clock):
            work()

    @rule(trouble=st.sampled_from(TROUBLES))
    def google_fails(self, trouble: str) -> None:
        script(self.google, trouble, times=1)

    @rule()
    def google_is_well(self) -> None:
        stop_scripting(self.google)

    @precondition(lambda self: self.row.status == Status.AWAITING_TERMS)
    @rule(answer=st.sampled_from(["accept", "cancel", "limit", "backend_error"]))
    def person_answers_the_terms(self, answer: str) -> None:
        with time_machine.travel(self.clock):
            leave = self.browser.post(f"{self.row.get_absolute_url()}terms/")
            if not leave["Location"].startswith("http"):
                return
            try:
                back = Person(self.google.base_url, AGENCY).answer_terms(leave["Location"], answer)
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

    @rule()
    def person_reconnects(self) -> None:
        stop_scripting(self.google)
        with time_machine.travel(self.clock):
            connect(self.browser, self.cast.tenant, self.google)

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
        if row.status == Status.COMPLETED:
            assert accounts[0].account_id in self.google.state.accounts
            assert accounts[0].measurement_id.startswith("G-")

    @invariant()
    def nothing_is_made_twice(self) -> None:
        assert len(self.google.state.properties) <= 1
        assert len(self.google.state.streams) <= 1
        with across_tenants():
            counted = TosOutcome.objects.filter(counted=True).values_list("ticket", flat=True)
        assert len(counted) == len(set(counted))

    def teardown(self) -> None:
        try:
            self.comes_to_rest()
        finally:
            super().teardown()

    def comes_to_rest(self) -> None:
        """Left alone with a healthy Google, the request waits for a person or has ended."""
        if not hasattr(self, "pk"):
            return
        stop_scripting(self.google)
        with time_machine.travel(self.clock + timedelta(days=3)):
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


def test_no_order_of_events_leads_astray(db: None, google: EmulatorThread) -> None:
    RequestMachine.google = google
    run_machine(RequestMachine, examples=25, steps=15)
