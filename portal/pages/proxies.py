"""Where a request comes from, when proxies of ours stand in between."""

from collections.abc import Callable
from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest, HttpResponse

Respond = Callable[[HttpRequest], HttpResponse]


class ClientAddressMiddleware:
    """Puts the client's own address where Django, audit and logs look for it.

    Each proxy appends the address that it was called from to X-Forwarded-For, so
    with `TRUSTED_PROXY_COUNT` proxies of ours the entry that many from the end was
    written by the outermost of them. What stands before it is whatever the client
    claims, and is never read.
    """

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        address = forwarded_for(request.headers.get("X-Forwarded-For", ""))
        if address:
            request.META["REMOTE_ADDR"] = address
        return self.get_response(request)


def forwarded_for(header: str) -> str:
    """The address that our outermost proxy was called from; empty if it did not say."""
    hops = [hop.strip() for hop in header.split(",")]
    count = settings.TRUSTED_PROXY_COUNT
    if not 0 < count <= len(hops):
        return ""
    try:
        return str(ip_address(hops[-count]))
    except ValueError:
        return ""
