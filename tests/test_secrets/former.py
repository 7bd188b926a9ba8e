"""Puts stored secrets back to how they were bound before there were contexts."""

from base64 import urlsafe_b64encode
from typing import Any

from allauth.mfa.models import Authenticator
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.db import models

from portal.authentication.second_steps import _opened as opened_seed
from portal.authentication.second_steps import _owner as owner_of_seed
from tokens.clients.models.client import PortalSecret
from tokens.clients.services.portal_secrets import _owner as owner_of_portal_secret
from tokens.clients.services.portal_secrets import unlocked
from tokens.encryption.fields import Sealed, binding
from tokens.encryption.models.tenant_key import TenantKey
from tokens.encryption.sealing import opening_key, reveal
from tokens.encryption.wrapping import Owner, WrappedKey, unwrap, wrap

_NONCE = b"once-is-enou"


def seal_formerly(row: models.Model, name: str) -> None:
    """The column `name` of a stored row."""
    token = getattr(row, name).token
    cipher: AESGCM = opening_key(token[3:15])
    former = f"v1{token[2:16]}"
    raw = cipher.encrypt(_NONCE, reveal(row, name).encode(), binding(row, name, former))
    body = Sealed(_packed(former, raw))
    type(row)._base_manager.filter(pk=row.pk).update(**{name: body})


def _packed(head: str, raw: bytes) -> str:
    return head + urlsafe_b64encode(_NONCE + raw).rstrip(b"=").decode()


def wrap_formerly(row: TenantKey) -> None:
    """A stored data key."""
    secret = unwrap(row.wrapped, row.owner, row.wrapped_by)
    TenantKey._base_manager.filter(pk=row.pk).update(
        wrapped=_former(secret, row.owner, row.wrapped_by)
    )


def lock_formerly(row: PortalSecret) -> None:
    """A secret of the portal's own client."""
    owner = owner_of_portal_secret(row)
    PortalSecret.objects.filter(pk=row.pk).update(
        secret=_former(unlocked(row).encode(), owner, row.wrapped_by)
    )


def step_formerly(row: Authenticator) -> None:
    """A second step."""
    data: dict[str, Any] = dict(row.data)
    for place in {"secret", "seed"} & set(data):
        owner = owner_of_seed(row, place)
        kid = data[place][:12]
        text = opened_seed(data[place], owner)
        data[place] = f"{kid}.{_former(text.encode(), owner, kid).token}"
    Authenticator.objects.filter(pk=row.pk).update(data=data)


def _former(secret: bytes, owner: Owner, kid: str) -> WrappedKey:
    bound = wrap(secret, Owner(owner.former, former=""), kid)
    return WrappedKey(bound.token.removeprefix("v2."))
