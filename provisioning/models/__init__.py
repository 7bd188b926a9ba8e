"""Provisioning requests, their attempts, tickets, outcomes, results and history."""

from provisioning.models.account import ExtraAccount, ProvisionedAccount, SetupStep
from provisioning.models.attempt import AccountTicket, ProvisioningAttempt, TosOutcome
from provisioning.models.defaults import ProvisioningDefaults
from provisioning.models.mail import RequestMail, TermsMail
from provisioning.models.move import Move
from provisioning.models.request import ProvisioningRequest

__all__ = [
    "AccountTicket",
    "ExtraAccount",
    "Move",
    "ProvisionedAccount",
    "ProvisioningAttempt",
    "ProvisioningDefaults",
    "ProvisioningRequest",
    "RequestMail",
    "SetupStep",
    "TermsMail",
    "TosOutcome",
]
