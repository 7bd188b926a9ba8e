"""Google connections, the trips that make them, the keys that seal them."""

from tokens.models.account_rotation import ServiceAccountRotation
from tokens.models.api_key import ApiKey
from tokens.models.authorization import Authorization
from tokens.models.bucket import RateBucket
from tokens.models.client import ClientSecret, OAuthClient, PortalSecret
from tokens.models.connection import GoogleConnection
from tokens.models.exchange import Exchange
from tokens.models.issued import IssuedRefreshToken
from tokens.models.link import ReconnectLink
from tokens.models.mail import ClientMail, ReconnectMail, ServiceAccountMail
from tokens.models.master_key import KeyReport, MasterKey
from tokens.models.quarantine import Quarantine
from tokens.models.revocation import Revocation
from tokens.models.rotation import KeyRotation
from tokens.models.service_account import ServiceAccount, ServiceAccountKey
from tokens.models.tenant_key import TenantKey

__all__ = [
    "ApiKey",
    "Authorization",
    "ClientMail",
    "ClientSecret",
    "Exchange",
    "GoogleConnection",
    "IssuedRefreshToken",
    "KeyReport",
    "KeyRotation",
    "MasterKey",
    "OAuthClient",
    "PortalSecret",
    "Quarantine",
    "RateBucket",
    "ReconnectLink",
    "ReconnectMail",
    "Revocation",
    "ServiceAccount",
    "ServiceAccountKey",
    "ServiceAccountMail",
    "ServiceAccountRotation",
    "TenantKey",
]
