"""Master keys and the secret of the portal's uploaded client: rewrapped, retired, missing."""

from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from accounts.audit.recording import by_worker
from portal.operations.system_check import installation
from tests.cast import Cast
from tests.journeys import connected
from tests.keyrings import fresh_key, hold, introduce
from tests.test_credentials.conftest import Desk
from tests.test_credentials.consoles import client_file, refresh_again, second_file, secret_of
from tests.test_credentials.test_own_client_rotation import doctor
from tests.test_credentials.uploads import (
    _no_environment,
    _nothing_proven,
    file,
    look,
    rows,
    send,
    staff_in,
    store,
    upload,
)
from tokens.clients.models.client import OAuthClient, PortalSecret
from tokens.clients.services.clients import credentials_of, portal_client
from tokens.clients.services.portal_secrets import unlocked
from tokens.encryption.availability import PortalSealed
from tokens.encryption.sealing import SecretUnreadable
from tokens.encryption.services.master_keys import NotYet, retire
from tokens.encryption.wrapping import WrappedKey, key_ring

__all__ = ["_no_environment", "_nothing_proven", "file", "staff_in", "store"]
pytestmark = pytest.mark.usefixtures("_nothing_proven")


def test_a_new_master_key_encrypts_it_anew_and_the_old_one_is_not_retired_before(
    cast: Cast, desk: Desk, file: dict[str, Any], settings: Any
) -> None:
    connected(desk.browser, cast.tenant, desk.google)
    (old,) = key_ring()
    new = introduce(settings)
    with pytest.raises(NotYet, match="1 secrets of the portal's own OAuth client"):
        retire(old, by_worker())
    call_command("rotate_keys", stdout=StringIO())
    (row,) = rows()
    assert row.wrapped_by == new
    assert unlocked(row) == secret_of(file)
    retire(old, by_worker())
    hold(settings, settings.FIELD_ENCRYPTION_KEY[0])
    assert refresh_again() == [200]


def test_the_doctor_of_secrets_opens_it_and_names_what_does_not_open(
    file: dict[str, Any],
) -> None:
    (row,) = rows()
    code, said = doctor()
    assert code == 0
    assert f"tokens.PortalSecret, key {row.wrapped_by}: 1 open, 0 do not" in said
    PortalSecret.objects.filter(pk=row.pk).update(secret=_flipped(row.secret, 40))
    code, said = doctor()
    assert code == 1
    assert f"tokens.PortalSecret {row.pk} secret:" in said
    assert secret_of(file) not in said


def _flipped(secret: WrappedKey, at: int) -> WrappedKey:
    other = "A" if secret.token[at] != "A" else "B"
    return WrappedKey(secret.token[:at] + other + secret.token[at + 1 :])


@pytest.mark.usefixtures("file")
def test_a_ciphertext_that_was_changed_or_moved_does_not_open(
    desk: Desk, store: Client, settings: Any
) -> None:
    second = second_file(desk, portal_client())
    upload(store, second, "-secret", portal_client().pk)
    upload(store, client_file(desk))
    kept = rows()
    assert len(kept) == 3
    for row in kept:
        whole = row.secret
        for at in range(10, len(whole.token) - 4):
            row.secret = _flipped(whole, at)
            with pytest.raises(SecretUnreadable):
                unlocked(row)
        row.secret = whole
    for row in kept:
        for other in kept:
            if other.pk != row.pk:
                moved = PortalSecret(pk=row.pk, client_id=row.client_id)
                moved.secret, moved.wrapped_by = other.secret, other.wrapped_by
                with pytest.raises(SecretUnreadable):
                    unlocked(moved)
    # Under another client, and under another key of the ring.
    row = kept[0]
    row.client = kept[-1].client
    with pytest.raises(SecretUnreadable):
        unlocked(row)
    introduce(settings)
    row = rows()[0]
    row.wrapped_by = next(iter(key_ring()))
    with pytest.raises(SecretUnreadable):
        unlocked(row)


def test_a_portal_without_its_master_key_says_so_and_touches_nothing(
    desk: Desk, cast: Cast, store: Client, file: dict[str, Any], settings: Any
) -> None:
    connected(desk.browser, cast.tenant, desk.google)
    client = portal_client()
    ring = settings.FIELD_ENCRYPTION_KEY
    hold(settings, fresh_key())
    with pytest.raises(PortalSealed, match="is not in FIELD_ENCRYPTION_KEY"):
        credentials_of(client)
    assert "The portal is sealed" in look(store)
    assert "is not in FIELD_ENCRYPTION_KEY" in send(store, "-check", client.pk)
    assert "is not in FIELD_ENCRYPTION_KEY" in upload(store, client_file(desk))
    line = next(one for one in installation(0.0) if one.name == "OAuth client")
    assert line.is_red
    assert refresh_again() == []
    hold(settings, *ring)
    assert OAuthClient._base_manager.get(pk=client.pk).paused_at is None
    assert refresh_again() == [200]
    assert len(rows()) == 1
