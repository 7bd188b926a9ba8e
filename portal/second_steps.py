"""Found when the portal starts: second steps take part in rotations of master keys."""

from portal.mfa import SecondSteps
from tokens.services.elsewhere import KEEPERS

KEEPERS.append(SecondSteps())
