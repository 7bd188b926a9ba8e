"""A ticket is ended before its time."""

from django.db import transaction

from accounts.audit.recording import Actor
from provisioning.requests.models.request import ProvisioningRequest
from provisioning.requests.services.requests import try_again
from provisioning.requests.services.transitions import UnlawfulMove
from provisioning.requests.states import Status


@transaction.atomic
def end_ticket(request: ProvisioningRequest, actor: Actor) -> None:
    """End the ticket that waits for an answer, and ask for a new one.

    Before that the portal looks at Google once more, since the terms may have been
    accepted without a return.

    Raises:
        UnlawfulMove: no ticket waits for an answer.
        TooLate: the request has moved meanwhile.
    """
    if request.status != Status.AWAITING_TERMS or request.current_ticket() is None:
        raise UnlawfulMove("No ticket waits for an answer.")
    try_again(request, actor, reason="The ticket was ended; a new one is asked for")
