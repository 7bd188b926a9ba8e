"""the OAuth flow under every order of events: start, come back, replay, swap, let expire."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, invariant, rule

from accounts.tenancy.models import Tenant
from accounts.tenancy.scope import across_tenants
from tests.agreement import differences
from tests.cast import Cast, make_cast, signed_in
from tests.emulator.person import Person
from tests.emulator.thread import EmulatorThread
from tests.journeys import AGENCY, SHOP, leave_to_connect, path_of
from tests.machines import DatabaseMachine, run_machine
from tokens.connections.models.connection import GoogleConnection
from tokens.connections.models.oauth_flow import OAuthFlow
from tokens.connections.states import FlowOutcome
from tokens.exchanges.models import Exchange


class ConnectMachine(DatabaseMachine):
    """Two people of two tenants, two sessions each; flows go wherever they like."""

    google: EmulatorThread

    def __init__(self) -> None:
        super().__init__()
        self.google.reset()
        self.cast: Cast = make_cast()
        self.browsers: dict[str, tuple[Client, Tenant]] = {
            "owner": (signed_in(self.cast.owner), self.cast.tenant),
            "owner elsewhere": (signed_in(self.cast.owner), self.cast.tenant),
            "outsider": (signed_in(self.cast.outsider), self.cast.elsewhere),
        }
        self.started = 0

    flows: Bundle[tuple[str, str]] = Bundle("trips")

    @rule(
        target=flows,
        who=st.sampled_from(["owner", "owner elsewhere", "outsider"]),
        email=st.sampled_from([AGENCY, SHOP]),
        deny=st.booleans(),
    )
    def start(self, who: str, email: str, deny: bool) -> tuple[str, str]:
        browser, tenant = self.browsers[who]
        consent = leave_to_connect(browser, tenant)
        self.started += 1
        return who, path_of(Person(self.google.base_url, email).consent(consent, deny=deny))

    @rule(flow=flows)
    def come_back(self, flow: tuple[str, str]) -> None:
        who, back = flow
        assert self.browsers[who][0].get(back).status_code in (303, 400)

    @rule(flow=flows, other=st.sampled_from(["owner", "owner elsewhere", "outsider"]))
    def come_back_in_another_browser(self, flow: tuple[str, str], other: str) -> None:
        who, back = flow
        answer = self.browsers[other][0].get(back)
        if other != who:
            assert answer.status_code == 400

    @rule(flow=flows, code=st.text(alphabet="abc/-_4", max_size=12))
    def come_back_with_another_code(self, flow: tuple[str, str], code: str) -> None:
        who, back = flow
        state = back.partition("state=")[2].partition("&")[0]
        self.browsers[who][0].get("/google/callback/", {"state": state, "code": code})

    @rule()
    def let_every_open_flow_expire(self) -> None:
        OAuthFlow._base_manager.filter(consumed_at=None).update(
            expires_at=timezone.now() - timedelta(seconds=1)
        )

    @invariant()
    def no_flow_is_exchanged_twice(self) -> None:
        with across_tenants():
            subjects = list(Exchange.objects.values_list("subject", flat=True))
        assert len(subjects) == len(set(subjects))
        assert len(subjects) <= self.started

    @invariant()
    def every_connection_came_of_a_flow_of_its_own_tenant(self) -> None:
        with across_tenants():
            for row in GoogleConnection.objects.all():
                flows = OAuthFlow.objects.filter(connection=row)
                assert {flow.tenant_id for flow in flows} == {row.tenant_id}
                assert {flow.outcome for flow in flows} == {FlowOutcome.CONNECTED}

    @invariant()
    def what_is_consumed_has_forgotten_its_verifier(self) -> None:
        with across_tenants():
            used = OAuthFlow.objects.exclude(consumed_at=None)
            assert not used.filter(code_verifier__isnull=False).exists()

    def teardown(self) -> None:
        try:
            assert differences(self.google) == []
        finally:
            super().teardown()


@pytest.mark.record_is_lost("each example compares its own, and is rolled back")
@pytest.mark.slow
def test_no_order_of_events_connects_what_was_not_granted(db: None, google: EmulatorThread) -> None:
    ConnectMachine.google = google
    run_machine(ConnectMachine, examples=25, steps=12)
