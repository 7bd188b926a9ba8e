"""Secrets bound before there were contexts open, and rotations bind them anew."""

from io import StringIO

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.core.management import call_command

from portal.authentication.second_steps import MFAAdapter
from tests.cast import Cast
from tests.rows import ACCESS, REFRESH
from tests.stores import PORTAL_SECRET, TOTP_SECRET, Stores, filled
from tests.test_secrets.former import lock_formerly, seal_formerly, step_formerly, wrap_formerly
from tokens.clients.models.client import PortalSecret
from tokens.clients.services.portal_secrets import unlocked
from tokens.connections.models.connection import GoogleConnection
from tokens.connections.models.revocation import Revocation
from tokens.encryption.models.rotation import KeyRotation
from tokens.encryption.sealing import forget_keys, reveal

pytestmark = pytest.mark.django_db


@pytest.fixture
def stores(cast: Cast) -> Stores:
    """All as it was stored before."""
    stores = filled(cast)
    for row in stores.connections:
        seal_formerly(row, "refresh_token")
        seal_formerly(row, "access_token")
    seal_formerly(stores.revocation, "token")
    for key in stores.data_keys:
        wrap_formerly(key)
    lock_formerly(stores.portal)
    for step in stores.steps:
        step_formerly(step)
    forget_keys()
    return stores


def rotated(*arguments: str) -> str:
    out = StringIO()
    call_command("rotate_keys", *arguments, stdout=out)
    return out.getvalue()


def assert_all_open(stores: Stores) -> None:
    forget_keys()
    for row in GoogleConnection._base_manager.all():
        assert (reveal(row, "refresh_token"), reveal(row, "access_token")) == (REFRESH, ACCESS)
    assert reveal(Revocation._base_manager.get(), "token") == "1//emu-canary-ending"
    assert unlocked(PortalSecret.objects.get()) == PORTAL_SECRET
    for step in stores.steps:
        if step.type == "totp":
            assert MFAAdapter().decrypt(step.data["secret"]) == TOTP_SECRET
        else:
            assert len(RecoveryCodes(step).generate_codes()) == 10


def tokens(stores: Stores) -> list[str]:
    """Every stored ciphertext, from where its version stands."""
    rows = [*GoogleConnection._base_manager.all()]
    return [
        *(row.refresh_token.token for row in rows),
        *(row.access_token.token for row in rows),
        Revocation._base_manager.get().token.token,
        *(key.wrapped.token for key in stores.data_keys if key.wrapped),
        PortalSecret.objects.get().secret.token,
        *(
            value[13:]
            for step in stores.steps
            for value in step.data.values()
            if step.pk and isinstance(value, str)
        ),
    ]


def test_they_open(stores: Stores) -> None:
    assert not any(one.startswith("v2.") for one in tokens(stores))
    assert_all_open(stores)


def test_rotations_bind_them_to_contexts_and_nothing_is_left(stores: Stores) -> None:
    said = rotated("--status")
    assert "rows under an older data key than their organisation's active one: 4" in said
    assert "data keys and other secrets that are to be wrapped anew: 7" in said
    assert "Done: 7. Nothing is left." in rotated()
    assert "Done: 4. Nothing is left." in rotated("--data-keys")
    assert all(one.startswith("v2.") for one in tokens(stores))
    assert_all_open(stores)
    said = rotated("--status")
    assert "rows under an older data key than their organisation's active one: 0" in said
    assert "data keys and other secrets that are to be wrapped anew: 0" in said
    assert [one.left for one in KeyRotation.objects.all()] == [0, 0]


def test_the_master_key_stays_the_same(stores: Stores) -> None:
    before = {key.kid: key.wrapped_by for key in stores.data_keys}
    rotated()
    assert {key.kid: key.wrapped_by for key in stores.data_keys} == before
