"""Keeps the ledger of refresh tokens that Google issued (contract §1.3)."""

import hashlib
import hmac

from django.conf import settings
from django.utils import timezone

from tokens.models import GoogleConnection, IssuedRefreshToken
from tokens.models.issued import LedgerState


def fingerprint(refresh_token: str) -> str:
    """A keyed hash by which a refresh token is known again, and that cannot be turned back."""
    key = settings.SECRET_KEY.encode()
    return hmac.new(key, refresh_token.encode(), hashlib.sha256).hexdigest()


def replaced_by(connection: GoogleConnection, refresh_token: str) -> IssuedRefreshToken:
    """Write that Google issued `refresh_token`, and that it takes the older ones' place here.

    The older ones stay valid at Google until they are revoked or evicted, so
    they keep counting towards its limit: they are marked, not removed.
    """
    IssuedRefreshToken.objects.filter(connection=connection, state=LedgerState.LIVE).update(
        state=LedgerState.REPLACED, ended_at=timezone.now()
    )
    return IssuedRefreshToken.objects.create(
        tenant_id=connection.tenant_id,
        client_id=connection.client_id,
        connection=connection,
        sub=connection.sub,
        fingerprint=fingerprint(refresh_token),
    )
