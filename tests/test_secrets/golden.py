"""The keys and rows that the golden ciphertexts are bound to, and how each of them is opened."""

import json
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

from allauth.mfa.models import Authenticator
from django.apps import apps
from django.db import models

from portal.authentication.second_steps import MFAAdapter, know_owner
from tokens.clients.models.client import PortalSecret
from tokens.clients.services.portal_secrets import unlocked
from tokens.encryption.ciphertext import CiphertextField
from tokens.encryption.fields import Sealed, SealedTextField
from tokens.encryption.models.tenant_key import TenantKey
from tokens.encryption.sealing import reveal
from tokens.encryption.wrapping import WrappedKey, key_ring, unwrap

GOLDEN: dict[str, dict[str, str]] = json.loads(
    Path(__file__).with_name("golden_ciphertexts.json").read_text()
)
MASTER = "b2xkIG1hc3RlciBrZXkgb2YgdGhlIGdvbGRlbiB0ZXM="
TENANT = UUID("7f6c1a52-3b0d-4c8e-9a41-0d5e2f7b9c11")
ROW = UUID("2d1b7c94-58e3-4f6a-8b20-6c9f3e1a7d55")
CLIENT = UUID("91e0c3aa-17f4-4b52-a3cd-5b8e6d2f4077")
KID = "0123456789ab"
DATA_KEY = sha256(b"golden data key").digest()


def columns(kind: type[CiphertextField]) -> dict[str, tuple[type[models.Model], str]]:
    """Model and field of each context, whatever they are called by now."""
    return {
        field.context: (model, field.name)
        for model in apps.get_models()
        for field in model._meta.local_concrete_fields
        if isinstance(field, kind)
    }


def data_key(token: str) -> TenantKey:
    """The row of the golden data key, not saved."""
    row = TenantKey(tenant_id=TENANT, kid=KID, version=1, wrapped=WrappedKey(token))
    row.wrapped_by = next(iter(key_ring()))
    return row


def _sealed(context: str, token: str) -> str:
    model, name = columns(SealedTextField)[context]
    row: Any = model(pk=ROW, tenant_id=TENANT)
    setattr(row, name, Sealed(token))
    return reveal(row, name)


def _data_key(_: str, token: str) -> str:
    row = data_key(token)
    opened = unwrap(row.wrapped, row.owner, row.wrapped_by)
    return "data_key" if opened == DATA_KEY else "another key"


def _portal_secret(_: str, token: str) -> str:
    row = PortalSecret(pk=ROW, client_id=CLIENT, secret=WrappedKey(token))
    row.wrapped_by = next(iter(key_ring()))
    return unlocked(row)


def _second_step(context: str, token: str) -> str:
    place = "secret" if context == "second_step.totp_secret" else "seed"
    row = Authenticator(pk=1, user_id=ROW, data={place: token})
    know_owner(row)
    return MFAAdapter().decrypt(row.data[place])


OPENERS: dict[str, Callable[[str, str], str]] = {
    **dict.fromkeys(columns(SealedTextField), _sealed),
    "data_key": _data_key,
    "portal_client.secret": _portal_secret,
    "second_step.totp_secret": _second_step,
    "second_step.recovery_seed": _second_step,
}
