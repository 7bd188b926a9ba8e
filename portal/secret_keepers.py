"""Found when the portal starts: who has secrets that rotations of master keys must not forget."""

from portal.mfa import SecondSteps
from tokens.services.elsewhere import KEEPERS
from tokens.services.portal_secrets import PortalSecrets

KEEPERS.extend((SecondSteps(), PortalSecrets()))
