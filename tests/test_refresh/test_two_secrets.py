"""A client's secret is rotated while refreshes and flows go on."""

import pytest
from django.conf import settings as django_settings
from django.test import Client
from pytest_django import Settings

from accounts.tenancy.scope import across_tenants, tenant_scope
from tests.cast import Cast
from tests.emulator.thread import EmulatorThread
from tests.emulator.world import World
from tests.fleets import fleet, granted
from tests.journeys import connected
from tokens.clients.models.client import OAuthClient
from tokens.connections.models.connection import GoogleConnection
from tokens.connections.services.refresh.worker import refresh_due
from tokens.connections.states import ConnectionStatus
from tokens.exchanges.models import Exchange
from tokens.google.client import forget_proven

FIRST = "GOCSPX-emu-portal"
SECOND = "GOCSPX-emu-second"


@pytest.fixture(autouse=True)
def _nothing_proven() -> None:
    forget_proven()


def configure(settings: Settings, newest: str, old: str) -> None:
    settings.GOOGLE_CLIENT_SECRET, settings.GOOGLE_CLIENT_SECRET_OLD = newest, old


def google_knows(google: EmulatorThread, first: str, second: str = "") -> None:
    def change(world: World) -> None:
        client = world.state.clients[django_settings.GOOGLE_CLIENT_ID]
        client.client_secret, client.second_secret = first, second

    google.call(change)


def refresh_again() -> list[int]:
    """Refresh everything once more; the statuses that Google answered with, in their order."""
    with across_tenants():
        before = set(Exchange.objects.values_list("pk", flat=True))
        GoogleConnection.objects.update(refresh_due_at="2020-01-01T00:00:00Z")
    refresh_due()
    with across_tenants():
        new = Exchange.objects.exclude(pk__in=before)
        return sorted(status or 0 for status in new.values_list("status", flat=True))


def test_each_of_two_secrets_works_while_google_knows_both(
    cast: Cast, google: EmulatorThread, settings: Settings
) -> None:
    fleet(cast.tenant, granted(google, 2))
    google_knows(google, FIRST, SECOND)
    for newest in (FIRST, SECOND):
        configure(settings, newest, "")
        assert refresh_again() == [200, 200]


def test_a_new_secret_that_google_does_not_know_yet_stops_nothing(
    cast: Cast, google: EmulatorThread, settings: Settings
) -> None:
    fleet(cast.tenant, granted(google, 1))
    configure(settings, SECOND, FIRST)
    assert refresh_again() == [200, 401]
    assert refresh_again() == [200]
    with tenant_scope(cast.tenant):
        assert GoogleConnection.objects.get().status == ConnectionStatus.ACTIVE
    assert not OAuthClient._base_manager.filter(paused_at__isnull=False).exists()


def test_when_the_old_secret_ends_the_new_one_takes_over_in_the_same_refresh(
    cast: Cast, google: EmulatorThread, settings: Settings
) -> None:
    fleet(cast.tenant, granted(google, 1))
    configure(settings, SECOND, FIRST)
    refresh_again()
    google_knows(google, SECOND)
    assert refresh_again() == [200, 401]
    assert refresh_again() == [200]


def test_a_client_is_paused_when_both_secrets_are_refused_and_comes_back_with_either(
    cast: Cast, google: EmulatorThread, settings: Settings
) -> None:
    fleet(cast.tenant, granted(google, 1))
    configure(settings, "GOCSPX-wrong", "GOCSPX-wrong-too")
    assert refresh_again() == [401, 401]
    assert OAuthClient._base_manager.filter(paused_at__isnull=False).count() == 1
    configure(settings, "GOCSPX-wrong", FIRST)
    OAuthClient._base_manager.update(probe_at="2020-01-01T00:00:00Z")
    assert refresh_again() == [200, 401]
    assert not OAuthClient._base_manager.filter(paused_at__isnull=False).exists()


def test_a_refused_grant_is_not_tried_with_the_other_secret(
    cast: Cast, google: EmulatorThread, settings: Settings
) -> None:
    fleet(cast.tenant, ["1//emu-never-issued"])
    configure(settings, FIRST, SECOND)
    assert refresh_again() == [400]


def test_a_connect_flow_survives_a_refused_secret_with_its_one_code(
    owner_browser: Client, cast: Cast, google: EmulatorThread, settings: Settings
) -> None:
    configure(settings, SECOND, FIRST)
    connection = connected(owner_browser, cast.tenant, google)
    assert connection.status == ConnectionStatus.ACTIVE
    with tenant_scope(cast.tenant):
        statuses = list(Exchange.objects.order_by("pk").values_list("status", flat=True))
        bodies = str(list(Exchange.objects.values_list("request_body", flat=True)))
    assert {200, 401} <= set(statuses)
    assert FIRST not in bodies
    assert SECOND not in bodies
