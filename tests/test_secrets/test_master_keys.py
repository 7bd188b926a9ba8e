"""Master keys: introduced in two steps, retired only when nothing needs them."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.audit.models.event import AuditEvent
from accounts.audit.recording import by_worker
from portal.checks.data import encryption_keys_are_the_ones_needed
from tests.cast import Cast
from tests.keyrings import fresh_key, hold, introduce
from tests.rows import REFRESH, connection_row
from tokens.encryption.availability import PortalSealed, active_master, key_availability
from tokens.encryption.models.master_key import KeyReport, MasterKey, MasterState
from tokens.encryption.models.tenant_key import TenantKey
from tokens.encryption.sealing import reveal
from tokens.encryption.services.master_keys import (
    NotYet,
    promote,
    register,
    report,
    retire,
    waiting_key,
)
from tokens.encryption.wrapping import key_ring
from tokens.events import Event

pytestmark = pytest.mark.django_db


def another_process(*kids: str, seen: timedelta = timedelta()) -> KeyReport:
    return KeyReport.objects.create(
        process="other",
        kind="worker",
        host="worker-2",
        pid=7,
        kids=" ".join(kids),
        seen_at=timezone.now() - seen,
    )


def test_the_first_key_of_an_empty_database_is_active_at_once(cast: Cast) -> None:
    connection_row(cast.tenant)
    [master] = MasterKey.objects.all()
    [kid] = key_ring()
    assert (master.kid, master.state) == (kid, MasterState.ACTIVE)
    assert TenantKey._base_manager.get(tenant=cast.tenant).wrapped_by == kid


def test_the_database_knows_an_id_and_a_check_value_but_no_key(cast: Cast, settings: Any) -> None:
    connection_row(cast.tenant)
    [master] = MasterKey.objects.values()
    stored = str(master)
    assert settings.FIELD_ENCRYPTION_KEY[0] not in stored
    assert settings.FIELD_ENCRYPTION_KEY[0][:12] not in stored


def test_a_new_key_opens_only_until_it_is_promoted(cast: Cast, settings: Any) -> None:
    row = connection_row(cast.tenant)
    [old] = key_ring()
    new = hold(settings, fresh_key(), *settings.FIELD_ENCRYPTION_KEY)[0]
    waiting = waiting_key()
    assert waiting is not None
    assert (waiting.kid, waiting.state) == (new, MasterState.OPENS_ONLY)
    connection_row(cast.elsewhere)
    assert set(TenantKey._base_manager.values_list("wrapped_by", flat=True)) == {old}
    promote(new, by_worker())
    assert active_master().kid == new
    assert waiting_key() is None
    assert MasterKey.objects.get(kid=old).state == MasterState.OPENS_ONLY
    assert AuditEvent._base_manager.filter(tag=Event.MASTER_KEY_ACTIVATED).count() == 1
    assert reveal(row, "refresh_token") == REFRESH


def test_no_key_is_promoted_while_another_is_missing(cast: Cast, settings: Any) -> None:
    row = connection_row(cast.tenant)
    [old] = key_ring()
    first = settings.FIELD_ENCRYPTION_KEY[0]
    new = hold(settings, fresh_key())[0]
    with pytest.raises(PortalSealed, match=f"Master key {old} is not in"):
        promote(new, by_worker())
    assert MasterKey.objects.get(state=MasterState.ACTIVE).kid == old
    hold(settings, first)
    assert reveal(row, "refresh_token") == REFRESH


def test_a_key_is_not_promoted_while_a_running_process_lacks_it(settings: Any) -> None:
    report("web")
    [old] = key_ring()
    other = another_process(old)
    new = hold(settings, fresh_key(), *settings.FIELD_ENCRYPTION_KEY)[0]
    with pytest.raises(NotYet, match=r"Restart web on .+; worker on worker-2, process 7 \("):
        promote(new, by_worker())
    assert active_master().kid == old
    report("web")
    with pytest.raises(
        NotYet, match=r"Restart worker on worker-2, process 7 \(last heard of 0 seconds ago\) with"
    ):
        promote(new, by_worker())
    KeyReport.objects.filter(pk=other.pk).update(kids=f"{new} {old}")
    promote(new, by_worker())
    assert active_master().kid == new


def test_a_process_that_ended_is_not_waited_for(settings: Any) -> None:
    register()
    [old] = key_ring()
    another_process(old, seen=timedelta(minutes=5))
    introduce(settings)


def test_a_key_that_this_process_does_not_hold_is_not_promoted() -> None:
    register()
    with pytest.raises(NotYet, match="not in this process's"):
        promote("0123456789ab", by_worker())


def test_retiring_names_what_still_needs_the_key(cast: Cast, settings: Any) -> None:
    connection_row(cast.tenant)
    [old] = key_ring()
    with pytest.raises(NotYet, match="is the active one"):
        retire(old, by_worker())
    introduce(settings)
    with pytest.raises(NotYet, match=r"Acme Agency, data key .* \(version 1\)"):
        retire(old, by_worker())
    assert MasterKey.objects.get(kid=old).state == MasterState.OPENS_ONLY


def test_a_key_that_nothing_needs_is_retired_and_may_leave(settings: Any) -> None:
    register()
    [old] = key_ring()
    new = introduce(settings)
    retire(old, by_worker())
    hold(settings, settings.FIELD_ENCRYPTION_KEY[0])
    assert key_availability().is_open
    assert active_master().kid == new
    assert encryption_keys_are_the_ones_needed(databases=["default"]) == []
    assert AuditEvent._base_manager.filter(tag=Event.MASTER_KEY_RETIRED).count() == 1


def test_a_retired_key_does_not_come_back(settings: Any) -> None:
    register()
    old = settings.FIELD_ENCRYPTION_KEY[0]
    [kid] = key_ring()
    introduce(settings)
    retire(kid, by_worker())
    hold(settings, old, settings.FIELD_ENCRYPTION_KEY[0])
    with pytest.raises(NotYet, match="is retired"):
        promote(kid, by_worker())


def test_a_key_that_was_never_used_may_leave_again(settings: Any) -> None:
    register()
    before = list(settings.FIELD_ENCRYPTION_KEY)
    hold(settings, fresh_key(), *before)
    register()
    hold(settings, *before)
    assert key_availability().is_open


def test_a_key_that_differs_from_its_check_value_is_refused(settings: Any) -> None:
    register()
    MasterKey.objects.update(check_value="0" * 32)
    [found] = encryption_keys_are_the_ones_needed(databases=["default"])
    assert "its check value differs" in str(found.msg)
    assert not key_availability().is_open
