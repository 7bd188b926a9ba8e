"""Hands mails to the mail server; the one place where they leave the portal."""

from collections.abc import Callable
from smtplib import SMTPException

import structlog
from django.core.mail import EmailMessage

from accounts.values.text import seen

log = structlog.get_logger(__name__)
_LONGEST = 300


def deliver(write: Callable[[], EmailMessage | None]) -> str:
    """Write a mail and send it. Returns what went wrong, as the error says it; empty if nothing.

    `write` returns None when there turns out to be nothing to send.

    Whatever is raised on the way counts, also what nobody thought of: who is told nothing
    of it would try the same mail for ever. Outside of any transaction.
    """

    def act() -> None:
        message = write()
        if message is not None:
            message.send()

    return attempted(act)


def attempted(act: Callable[[], object]) -> str:
    """Do one part of sending. Returns what went wrong, as `deliver()` does."""
    try:
        act()
    except (SMTPException, OSError) as error:
        log.warning("a mail was not sent", error=type(error).__name__)
        return _in_words(error)
    except Exception as error:
        # A fault of the mail itself or of the portal, not of the mail server.
        log.exception("a mail could not be written, sent or noted as sent")
        return _in_words(error)
    return ""


def _in_words(error: Exception) -> str:
    return seen(f"{type(error).__name__}: {error}")[:_LONGEST]
