"""Google connections, the trips that make them, the keys that seal them."""

from tokens.models.authorization import Authorization
from tokens.models.bucket import RateBucket
from tokens.models.client import OAuthClient
from tokens.models.connection import GoogleConnection
from tokens.models.exchange import Exchange
from tokens.models.issued import IssuedRefreshToken
from tokens.models.link import ReconnectLink
from tokens.models.revocation import Revocation
from tokens.models.tenant_key import TenantKey

__all__ = [
    "Authorization",
    "Exchange",
    "GoogleConnection",
    "IssuedRefreshToken",
    "OAuthClient",
    "RateBucket",
    "ReconnectLink",
    "Revocation",
    "TenantKey",
]
