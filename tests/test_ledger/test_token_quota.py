"""The ledger knows Google's order: it warns before the limit and explains after it."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db.models import F
from django.test import Client
from django.utils import timezone

from accounts.tenancy.models import Tenant
from accounts.tenancy.scope import tenant_scope
from tests.cast import Cast, signed_in
from tests.emulator.thread import EmulatorThread
from tests.journeys import connected
from tests.scripting import script
from tests.settings import GOOGLE_SEED
from tests.test_disconnect.flows import as_stored, disconnect, living_tokens, tell_google
from tokens.connections.models.connection import GoogleConnection
from tokens.connections.models.ledger import IssuedRefreshToken
from tokens.connections.services.access_token import ConnectionUnusable, access_token
from tokens.connections.services.ledger import TokenQuota, token_quota
from tokens.connections.states import ConnectionStatus

LIMIT = 3


@pytest.fixture
def google(google: EmulatorThread, settings: Any) -> Iterator[EmulatorThread]:
    """A Google that keeps three refresh tokens, and a portal that knows."""
    settings.REFRESH_TOKEN_LIMIT = LIMIT
    google.reset({**GOOGLE_SEED, "refresh_token_limit": LIMIT})
    yield google
    google.reset(GOOGLE_SEED)


@pytest.fixture
def mine(owner_browser: Client, cast: Cast, google: EmulatorThread) -> GoogleConnection:
    return connected(owner_browser, cast.tenant, google)


def others_connect(cast: Cast, google: EmulatorThread, times: int) -> GoogleConnection:
    """Another tenant connects the same Google account, again and again."""
    browser = signed_in(cast.outsider)
    return [anew(browser, cast.elsewhere, google) for _ in range(times)][-1]


def anew(browser: Client, tenant: Tenant, google: EmulatorThread) -> GoogleConnection:
    """Connect the account with a new refresh token, because the old one is held for dead."""
    GoogleConnection._base_manager.filter(tenant=tenant).update(
        status=ConnectionStatus.NEEDS_RECONNECT, fencing_token=F("fencing_token") + 1
    )
    return connected(browser, tenant, google)


def stands(row: GoogleConnection) -> TokenQuota:
    with tenant_scope(row.tenant):
        return token_quota(as_stored(row.pk))


def refreshed(row: GoogleConnection) -> str:
    with tenant_scope(row.tenant):
        GoogleConnection.objects.update(access_expires_at=timezone.now() - timedelta(hours=1))
        return access_token(as_stored(row.pk))


def state_of(row: GoogleConnection) -> list[str]:
    with tenant_scope(row.tenant):
        rows = IssuedRefreshToken.objects.filter(connection=row).order_by("issued_at")
        return list(rows.values_list("state", flat=True))


def test_tokens_of_all_tenants_count(
    cast: Cast, mine: GoogleConnection, google: EmulatorThread
) -> None:
    others_connect(cast, google, 1)
    place = stands(mine)
    assert (place.counted, place.issued_after, place.limit) == (2, 1, LIMIT)
    assert not place.next_evicts


def test_a_replaced_token_goes_on_counting(
    owner_browser: Client, cast: Cast, mine: GoogleConnection, google: EmulatorThread
) -> None:
    anew(owner_browser, cast.tenant, google)
    assert state_of(mine) == ["replaced", "live"]
    assert stands(mine).counted == living_tokens(google) == 2


def test_at_the_limit_it_names_what_the_next_grant_ends(
    owner_browser: Client, cast: Cast, mine: GoogleConnection, google: EmulatorThread
) -> None:
    theirs = others_connect(cast, google, 2)
    assert stands(mine).would_die_next == "this connection"
    assert stands(theirs).would_die_next == "another connection of the portal"
    page = owner_browser.get(mine.get_absolute_url()).content.decode()
    assert "The next one ends this connection." in page
    assert "Other Ltd" not in page
    # What it foretold is what Google does.
    others_connect(cast, google, 1)
    with pytest.raises(ConnectionUnusable):
        refreshed(mine)


def test_an_unused_token_that_would_go_next_is_no_loss(
    owner_browser: Client, cast: Cast, mine: GoogleConnection, google: EmulatorThread
) -> None:
    for _ in range(2):
        anew(owner_browser, cast.tenant, google)
    assert "nothing would stop working" in stands(mine).would_die_next
    anew(owner_browser, cast.tenant, google)
    assert refreshed(mine).startswith("ya29.emu-")


def test_an_eviction_is_told_from_other_deaths(
    cast: Cast, mine: GoogleConnection, google: EmulatorThread
) -> None:
    others_connect(cast, google, LIMIT)
    with pytest.raises(ConnectionUnusable):
        refreshed(mine)
    assert as_stored(mine.pk).status == ConnectionStatus.NEEDS_RECONNECT
    assert state_of(mine) == ["evicted"]
    assert stands(mine).evidence == "The 4th token for this account was issued since, limit 3."


def test_one_token_less_and_it_lives(
    cast: Cast, mine: GoogleConnection, google: EmulatorThread
) -> None:
    others_connect(cast, google, LIMIT - 1)
    assert refreshed(mine).startswith("ya29.emu-")
    assert state_of(mine) == ["live"]


def test_a_token_that_dies_of_something_else_is_dead_and_not_evicted(
    cast: Cast, mine: GoogleConnection, google: EmulatorThread
) -> None:
    others_connect(cast, google, LIMIT - 1)
    script(google, "rt-revoked-by-user")
    with pytest.raises(ConnectionUnusable):
        refreshed(mine)
    assert state_of(mine) == ["dead"]


def test_the_warning_stands_where_one_reconnects(
    owner_browser: Client, cast: Cast, mine: GoogleConnection, google: EmulatorThread
) -> None:
    others_connect(cast, google, LIMIT)
    with pytest.raises(ConnectionUnusable):
        refreshed(mine)
    page = owner_browser.get(mine.get_absolute_url()).content.decode()
    callout = page.split('class="callout', 1)[1].split('class="split"', 1)[0]
    assert "drops the oldest when one more is granted" in callout
    assert "nothing would stop working" in callout, "theirs is replaced already"


def test_far_from_the_limit_nothing_is_said(
    owner_browser: Client, mine: GoogleConnection, settings: Any
) -> None:
    settings.REFRESH_TOKEN_LIMIT = 100
    page = owner_browser.get(mine.get_absolute_url()).content.decode()
    assert "1 of 100" in page
    assert "drops the oldest" not in page


def test_nine_tenths_of_the_limit_are_near_enough_to_say_so(
    owner_browser: Client, cast: Cast, mine: GoogleConnection, settings: Any
) -> None:
    settings.REFRESH_TOKEN_LIMIT = 10
    with tenant_scope(cast.tenant):
        for _ in range(8):
            IssuedRefreshToken.objects.create(
                tenant=mine.tenant, client=mine.client, connection=mine, sub=mine.sub
            )
    assert stands(mine).warns
    assert "and 9 are in use" in owner_browser.get(mine.get_absolute_url()).content.decode()


def test_a_revocation_ends_all_that_counted(
    owner_browser: Client, cast: Cast, mine: GoogleConnection, google: EmulatorThread
) -> None:
    theirs = others_connect(cast, google, 1)
    disconnect(owner_browser, mine)
    assert state_of(mine) == ["replaced"]
    assert stands(theirs).counted == living_tokens(google) == 2
    disconnect(signed_in(cast.outsider), theirs)
    tell_google()
    connected(owner_browser, cast.tenant, google)
    assert stands(mine).counted == living_tokens(google) == 1


def test_another_google_account_has_a_count_of_its_own(
    owner_browser: Client, cast: Cast, mine: GoogleConnection, google: EmulatorThread
) -> None:
    other = connected(owner_browser, cast.tenant, google, "shop@gmail.example")
    assert stands(other).counted == stands(mine).counted == 1
