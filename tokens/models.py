"""Google connections, the flows that make them, the keys that seal them."""

from tokens.api_keys.models import ApiKey
from tokens.clients.models.client import ClientSecret, OAuthClient, PortalSecret
from tokens.connections.models.connection import GoogleConnection
from tokens.connections.models.ledger import IssuedRefreshToken
from tokens.connections.models.oauth_flow import OAuthFlow
from tokens.connections.models.reconnect_link import ReconnectLink
from tokens.connections.models.revocation import Revocation
from tokens.encryption.models.master_key import KeyReport, MasterKey
from tokens.encryption.models.restore_hold import RestoreHold
from tokens.encryption.models.rotation import KeyRotation
from tokens.encryption.models.tenant_key import TenantKey
from tokens.exchanges.models import Exchange
from tokens.rate_limits.models import RateBucket
from tokens.service_accounts.models.rotation import ServiceAccountRotation
from tokens.service_accounts.models.service_account import ServiceAccount, ServiceAccountKey

__all__ = [
    "ApiKey",
    "ClientSecret",
    "Exchange",
    "GoogleConnection",
    "IssuedRefreshToken",
    "KeyReport",
    "KeyRotation",
    "MasterKey",
    "OAuthClient",
    "OAuthFlow",
    "PortalSecret",
    "RateBucket",
    "ReconnectLink",
    "RestoreHold",
    "Revocation",
    "ServiceAccount",
    "ServiceAccountKey",
    "ServiceAccountRotation",
    "TenantKey",
]
