"""What Google holds because of the portal, and what the portal knows of it."""

from accounts.tenancy import across_tenants
from provisioning.models import ExtraAccount, ProvisionedAccount, ProvisioningRequest
from provisioning.states import FailureReason
from tests.emulator.thread import EmulatorThread


def made_at_google(google: EmulatorThread) -> set[str]:
    """The accounts that exist because somebody accepted a ticket of the portal."""
    return {one.account_id for one in google.state.tickets.values() if one.account_id}


def known_to_the_portal() -> dict[str, str]:
    """The accounts that the portal names to people, and as what."""
    with across_tenants():
        asked = ProvisioningRequest.objects.filter(failure=FailureReason.AMBIGUOUS)
        candidates = [one.account_id for row in asked for one in row.to_choose]
        claimed = ProvisionedAccount.objects.values_list("account_id", flat=True)
        besides = ExtraAccount.objects.values_list("account_id", flat=True)
        return {
            **dict.fromkeys(besides, "made besides"),
            **dict.fromkeys(candidates, "a candidate"),
            **dict.fromkeys(claimed, "the request's account"),
        }
