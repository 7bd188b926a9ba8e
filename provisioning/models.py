"""Provisioning requests, their attempts, tickets, outcomes, results and history."""

from provisioning.requests.models.account import ExtraAccount, ProvisionedAccount, SetupStep
from provisioning.requests.models.attempt import AccountTicket, ProvisioningAttempt, TosOutcome
from provisioning.requests.models.defaults import ProvisioningDefaults
from provisioning.requests.models.request import ProvisioningRequest
from provisioning.requests.models.status_change import StatusChange

__all__ = [
    "AccountTicket",
    "ExtraAccount",
    "ProvisionedAccount",
    "ProvisioningAttempt",
    "ProvisioningDefaults",
    "ProvisioningRequest",
    "SetupStep",
    "StatusChange",
    "TosOutcome",
]
