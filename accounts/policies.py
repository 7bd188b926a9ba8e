"""Who may. Doors (views, admin actions, commands) ask here before they act."""

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.http.request import HttpRequest

from accounts.models import Membership, User
from accounts.roles import Power


class NotAllowed(PermissionDenied):
    """The member's role does not hold the power that the page needs."""

    def __init__(self, power: Power, membership: Membership) -> None:
        super().__init__(power)
        self.power = power
        self.membership = membership


def enter_tenant(request: HttpRequest, slug: str, power: Power) -> Membership:
    """The membership by which this person may do `power` in the tenant `slug`.

    Raises:
        Http404: the tenant does not exist, or exists for others only: the same
            answer, so that nobody learns which.
        NotAllowed: the person is a member, but may not do this.
    """
    user = request.user
    membership = Membership.objects.door(user, slug) if isinstance(user, User) else None
    if membership is None:
        raise Http404
    if not membership.may(power):
        raise NotAllowed(power, membership)
    return membership
