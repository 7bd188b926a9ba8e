"""A ticket is ended before its time."""

from django.db import transaction
from django.utils import timezone

from accounts.audit import Actor
from provisioning.models import AccountTicket, ProvisioningRequest
from provisioning.services.moves import UnlawfulMove, move
from provisioning.states import Status


@transaction.atomic
def end_ticket(request: ProvisioningRequest, actor: Actor) -> None:
    """End the ticket that waits for an answer.

    The portal looks at Google once more, since the terms may have been accepted
    without a return; where nothing is found the request is expired.

    Raises:
        UnlawfulMove: no ticket waits for an answer.
        TooLate: the request has moved meanwhile.
    """
    ticket = request.current_ticket()
    if request.status != Status.AWAITING_TERMS or ticket is None:
        raise UnlawfulMove("No ticket waits for an answer.")
    AccountTicket.objects.filter(pk=ticket.pk).update(expires_at=timezone.now())
    move(
        request,
        Status.VERIFYING,
        reason="The ticket was ended; the portal looks at Google once more",
        actor=actor,
        due_at=timezone.now(),
    )
