"""Which OAuth client a person has chosen for a new connection."""

from django.http import Http404, HttpRequest

from tokens.clients.models.client import OAuthClient
from tokens.clients.services.clients import choices


def chosen_client(request: HttpRequest) -> OAuthClient | None:
    """The `client` of a form, None where nothing was chosen.

    Raises:
        Http404: it cannot be chosen here.
    """
    value = request.POST.get("client", "")
    if not value:
        return None
    found = next((one for one in choices() if str(one.pk) == value), None)
    if found is None:
        raise Http404
    return found
