"""Asks Google whether an API key works, at the API that it is for (contract §9).

What an API says of itself needs no access token, and is refused to a key that is mistyped or
restricted to others: so a key that may be used for nothing but the Admin API is tried there.
"""

import time

from django.conf import settings

from tokens.exchanges.recording import Entry, Subject, write
from tokens.google.errors import ErrorKind, GoogleError, Trouble, reason_of
from tokens.google.quota import HEADER
from tokens.google.transport import FORM_HEADERS, Answer, run, send

# As Google names the API in its refusals, whatever address it is asked at.
SERVICE = "analyticsadmin.googleapis.com"
REFUSALS = {
    "API_KEY_INVALID": "Google does not know this key: it is mistyped, expired or deleted.",
    "API_KEY_SERVICE_BLOCKED": "The key is restricted to other APIs. Allow the Google Analytics "
    "Admin API in Google Cloud, under the key's API restrictions.",
    "API_KEY_HTTP_REFERRER_BLOCKED": "The key is restricted to web pages, and the portal is a "
    "server. Use a key without referrer restriction.",
    "API_KEY_IP_ADDRESS_BLOCKED": "The key is restricted to other IP addresses. Add the portal's "
    "address in Google Cloud, under the key's application restrictions.",
    "SERVICE_DISABLED": "The Google Analytics Admin API is switched off in the key's project. "
    "Enable it there.",
}
# Of these Google's body has no word but the sentence (contract §9).
OTHER_PROJECT = "OTHER_PROJECT"
_MIXED = "API Key and the authentication credential are from different projects"


def key_refused(status: int, reasons: set[str], message: str) -> str:
    """Why the key that went along with a call was refused; empty when something else was."""
    if status == 400 and _MIXED in message:
        return OTHER_PROJECT
    return min(reasons & (REFUSALS.keys() - {"SERVICE_DISABLED"}), default="")


def refusal(api_key: str, subject: Subject) -> str:
    """Why Google refuses `api_key`, in words; empty when it accepts it.

    The key is sent in a header, because addresses end in logs.

    Raises:
        GoogleError: Google gave no answer that says anything about the key.
    """
    url = settings.GOOGLE_API_KEY_CHECK_URL
    headers = {HEADER: api_key}
    shown = {**FORM_HEADERS, **headers}
    started = time.monotonic()
    try:
        answer = run(send("GET", url, headers=headers))
    except GoogleError as error:
        duration = round((time.monotonic() - started) * 1000)
        status = error.trouble.status
        write(subject, Entry("GET", url, None, status, None, duration, error.kind, shown))
        raise
    reason = "" if answer.status == 200 else reason_of(answer.body)
    entry = Entry(
        "GET",
        url,
        None,
        answer.status,
        answer.body,
        answer.duration_ms,
        reason.lower(),
        shown,
        answer.headers,
    )
    write(subject, entry)
    return _words(answer, reason)


def _words(answer: Answer, reason: str) -> str:
    if answer.status == 200:
        return ""
    if reason in REFUSALS:
        return REFUSALS[reason]
    if answer.status in {400, 403}:
        return "Google refuses this key without saying why."
    raise GoogleError(Trouble(ErrorKind.UNAVAILABLE, answer.status))
