"""What a page says once about what somebody has just done, where they are looking."""

from dataclasses import dataclass

from django.contrib import messages
from django.contrib.messages.storage.base import Message
from django.http import HttpRequest

from accounts.web.redirects import SeeOther

_AT = "at:"


@dataclass(frozen=True, slots=True)
class NoticesAt:
    """Messages for one part of a page: the one that the fragment of `address` names.

    That part includes `parts/messages.html` with its name. Whatever other page is opened
    first shows them at its top, so none is lost.
    """

    request: HttpRequest
    address: str

    def success(self, text: str) -> None:
        self._add(messages.SUCCESS, text)

    def warning(self, text: str) -> None:
        """It could not be found out, or only a part was done."""
        self._add(messages.WARNING, text)

    def error(self, text: str) -> None:
        self._add(messages.ERROR, text)

    def redirect(self) -> SeeOther:
        return SeeOther(self.address)

    def _add(self, level: int, text: str) -> None:
        messages.add_message(self.request, level, text, extra_tags=f"{_AT}{self.address}")


def notices_for(request: HttpRequest, part: str = "") -> list[Message]:
    """The messages that this page shows in `part`, or at its top where no part is named."""
    here = f"{_AT}{request.path}#"
    waiting = list(messages.get_messages(request))
    if part:
        return [one for one in waiting if one.extra_tags == f"{here}{part}"]
    return [one for one in waiting if not (one.extra_tags or "").startswith(here)]
