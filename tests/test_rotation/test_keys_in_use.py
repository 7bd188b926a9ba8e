"""No master key is activated or retired under a transaction that wraps with the active one."""

import os
import random
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from django.db import connections, transaction
from django.db.models.signals import pre_save
from django.utils import timezone

from accounts.audit.models.event import AuditEvent
from accounts.audit.recording import by_worker
from accounts.members.services.tenants import create_tenant
from accounts.tenancy.models import Tenant
from accounts.tenancy.scope import across_tenants, tenant_scope
from portal.authentication.second_steps import MFAAdapter
from tests.cast import Cast, make_cast
from tests.keyrings import fresh_key, hold, introduce
from tests.stores import TOTP_SECRET
from tokens.clients.models.client import OAuthClient
from tokens.clients.services.portal_secrets import locked
from tokens.encryption.availability import key_availability
from tokens.encryption.models.master_key import KeyReport, MasterKey, MasterState
from tokens.encryption.models.tenant_key import TenantKey
from tokens.encryption.sealing import Sealer, check_keys, forget_keys
from tokens.encryption.services import master_keys
from tokens.encryption.services.key_status import status_lines
from tokens.encryption.services.master_keys import (
    NotYet,
    give_up,
    promote,
    register,
    report,
    retire,
    waiting_key,
)
from tokens.encryption.services.rotation import open_rotations, start_rewrap, work_for_a_while
from tokens.encryption.services.secret_stores import SECRET_STORES
from tokens.encryption.wrapping import key_ring
from tokens.events import Event

ON_POSTGRES = pytest.mark.skipif(
    not os.environ["DATABASE_URL"].startswith("postgres"),
    reason="SQLite has one writer: nothing else is written while a transaction wraps",
)


def makes_a_data_key(cast: Cast) -> None:
    with tenant_scope(cast.elsewhere):
        Sealer.of(cast.elsewhere.pk)


def keeps_a_portal_secret(cast: Cast) -> None:
    with across_tenants():
        client = OAuthClient.objects.create(client_id="up.apps.googleusercontent.com")
        locked(client, "GOCSPX-emu-canary", None).save()


@contextmanager
def open_transaction(cast: Cast, wraps: Callable[[Cast], None]) -> Iterator[None]:
    """A thread that wraps something, and commits only when the block ends."""
    has_wrapped, may_end = threading.Event(), threading.Event()

    def work() -> None:
        with transaction.atomic():
            wraps(cast)
            has_wrapped.set()
            may_end.wait(30)
        connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        working = pool.submit(work)
        has_wrapped.wait(30)
        try:
            yield
        finally:
            may_end.set()
            working.result()


@ON_POSTGRES
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("wraps", [makes_a_data_key, keeps_a_portal_secret])
def test_the_active_key_stays_until_the_transaction_ends(
    wraps: Callable[[Cast], None], settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(master_keys, "_PATIENCE", "200ms")
    cast = make_cast()
    register()
    [old] = key_ring()
    new = hold(settings, fresh_key(), *settings.FIELD_ENCRYPTION_KEY)[0]
    register()
    with open_transaction(cast, wraps):
        for tried in (promote, retire, give_up):
            with pytest.raises(NotYet, match="still open, so no master key can change"):
                tried(new if tried is promote else old, by_worker())
    promote(new, by_worker())
    with pytest.raises(NotYet, match="is still needed by"):
        retire(old, by_worker())
    start_rewrap(by_worker())
    work_for_a_while(10)
    retire(old, by_worker())
    hold(settings, settings.FIELD_ENCRYPTION_KEY[0])
    assert check_keys(cast.elsewhere.pk) == (1 if wraps is makes_a_data_key else 0)


@ON_POSTGRES
@pytest.mark.django_db(transaction=True)
def test_who_waited_for_an_activation_wraps_with_the_new_key(settings: Any) -> None:
    cast = make_cast()
    register()
    new = hold(settings, fresh_key(), *settings.FIELD_ENCRYPTION_KEY)[0]
    register()

    def work() -> None:
        with transaction.atomic():
            makes_a_data_key(cast)
        connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            promote(new, by_worker())
            waiting = pool.submit(work)
            with pytest.raises(TimeoutError):
                waiting.result(0.5)
        waiting.result(10)
    assert TenantKey._base_manager.get(tenant=cast.elsewhere).wrapped_by == new


@ON_POSTGRES
@pytest.mark.django_db(transaction=True)
@pytest.mark.timeout(300)
def test_twenty_threads_wrap_while_keys_come_and_go(settings: Any) -> None:
    """However they fall together: no retired key is needed, and every data key opens."""
    cast = make_cast()
    tenants = [
        create_tenant(name=f"Org {number}", owner=cast.owner, actor=by_worker())
        for number in range(60)
    ]
    register()

    def seals(tenant: Tenant) -> None:
        with transaction.atomic(), tenant_scope(tenant):
            Sealer.of(tenant.pk)
            # As long as a page's transaction goes on after it has sealed.
            threading.Event().wait(random.random() / 10)
        connections.close_all()

    retired: list[str] = []
    with ThreadPoolExecutor(20) as pool:
        working = [pool.submit(seals, tenant) for tenant in tenants]
        while not all(one.done() for one in working) or len(retired) < 3:
            old = next(iter(key_ring()))
            introduce(settings)
            start_rewrap(by_worker())
            work_for_a_while(10)
            assert not open_rotations()
            retire(old, by_worker())
            retired.append(old)
        for one in working:
            one.result()
    hold(settings, settings.FIELD_ENCRYPTION_KEY[0])
    assert key_availability().is_open
    assert not TenantKey._base_manager.filter(wrapped_by__in=retired).exists()
    for tenant in tenants:
        with tenant_scope(tenant):
            assert check_keys(tenant.pk) == 1


@pytest.mark.django_db
def test_a_second_step_that_is_stored_while_its_key_is_retired_is_wrapped_anew(
    cast: Cast, settings: Any
) -> None:
    register()
    [old] = key_ring()

    def meanwhile(**_: object) -> None:
        introduce(settings)
        retire(old, by_worker())

    pre_save.connect(meanwhile, sender=Authenticator)
    try:
        TOTP.activate(cast.owner, TOTP_SECRET)
    finally:
        pre_save.disconnect(meanwhile, sender=Authenticator)
    hold(settings, settings.FIELD_ENCRYPTION_KEY[0])
    [row] = Authenticator.objects.all()
    assert MFAAdapter().decrypt(row.data["secret"]) == TOTP_SECRET
    assert SECRET_STORES[0].needing(old) == 0


@pytest.mark.django_db
def test_a_retired_key_that_is_needed_all_the_same_is_missing_and_everybody_says_so(
    cast: Cast, settings: Any
) -> None:
    makes_a_data_key(cast)
    old_key = settings.FIELD_ENCRYPTION_KEY[0]
    [old] = key_ring()
    introduce(settings)
    # As the portal once let happen: nothing was committed yet that needed it.
    MasterKey.objects.filter(kid=old).update(state=MasterState.RETIRED, retired_at=timezone.now())
    new_key = settings.FIELD_ENCRYPTION_KEY[0]
    hold(settings, new_key)
    KeyReport.objects.all().delete()
    report("worker")
    assert key_availability().missing == (
        f"Master key {old} is not in FIELD_ENCRYPTION_KEY, but stored secrets may need it.",
    )
    said = list(status_lines())
    assert said[0].startswith(f"SEALED: Master key {old}")
    line = f"master key {old}: opens only, wraps 1 data keys, not in this process's ring"
    assert line in said
    assert AuditEvent._base_manager.filter(tag=Event.MASTER_KEY_RECALLED).count() == 1
    # Put back, rotated, and retired: all is well.
    hold(settings, new_key, old_key)
    assert waiting_key() is None
    assert start_rewrap(by_worker()).total == 1
    work_for_a_while(5)
    retire(old, by_worker())
    hold(settings, new_key)
    report("worker")
    assert next(status_lines()) == "Open."


@pytest.mark.django_db
def test_nothing_is_recalled_that_was_given_up(cast: Cast, settings: Any) -> None:
    makes_a_data_key(cast)
    [lost] = key_ring()
    hold(settings, fresh_key())
    assert not key_availability().is_open
    give_up(lost, by_worker())
    forget_keys()
    report("worker")
    assert key_availability().is_open
    assert next(status_lines()) == "Open."
