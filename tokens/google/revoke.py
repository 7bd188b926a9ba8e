"""Google's revocation endpoint (contract §1.4; RFC 7009)."""

import time
from collections.abc import Iterator
from dataclasses import replace

from django.conf import settings

from tokens.exchanges.recording import Entry, Subject, write
from tokens.google.client import ClientCredentials
from tokens.google.errors import ErrorKind, GoogleError, Trouble, token_trouble
from tokens.google.transport import FORM_HEADERS, Answer, run, send

# What a server says of a request that it would take with other credentials, or with none.
_ABOUT_THE_CLIENT = frozenset({"invalid_client", "invalid_request", "unauthorized_client"})


def revoke(token: str, subject: Subject, client: ClientCredentials | None) -> None:
    """Give a permission back: everything that its person granted to the whole project.

    The client proves itself as it does at the token endpoint (RFC 7009 §2.1), newest secret
    first. Google asks for the token alone, so at last it is sent alone: also where no secret
    of the client is left (`client` is None).

    Returns when Google says that it is gone, be it by this call or before it:
    200, and 400 with `invalid_token` (contract §1.4).

    Raises:
        GoogleError: Google said anything else, or did not answer.
    """
    first: Trouble | None = None
    for proof in [*_proofs(client), {}]:
        trouble = _trouble(_post({"token": token, **proof}, subject))
        if trouble is None:
            return
        first = first or trouble
        if trouble.code not in _ABOUT_THE_CLIENT:
            break
    if first is not None:
        raise GoogleError(first)


def _proofs(client: ClientCredentials | None) -> Iterator[dict[str, str]]:
    if client is None:
        return
    for secret in client.in_order():
        yield {"client_id": client.client_id, "client_secret": secret.value}


def _post(form: dict[str, str], subject: Subject) -> Answer:
    url = settings.GOOGLE_REVOKE_URL
    started = time.monotonic()
    try:
        answer = run(send("POST", url, form=form))
    except GoogleError as error:
        took = round((time.monotonic() - started) * 1000)
        entry = _entry(url, form, None, took, error.kind)
        write(subject, replace(entry, status=error.trouble.status))
        raise
    trouble = _trouble(answer)
    kind = trouble.kind if trouble else "" if answer.status == 200 else "already_ended"
    write(subject, _entry(url, form, answer, answer.duration_ms, kind))
    return answer


def _entry(url: str, form: dict[str, str], answer: Answer | None, took: int, error: str) -> Entry:
    return Entry(
        method="POST",
        url=url,
        request_body=form,
        status=answer.status if answer else None,
        response_body=answer.body if answer else None,
        duration_ms=took,
        error=error,
        request_headers=FORM_HEADERS,
        response_headers=answer.headers if answer else {},
    )


def _trouble(answer: Answer) -> Trouble | None:
    if answer.status == 200:
        return None
    trouble = token_trouble(answer.status, answer.body, answer.retry_after)
    gone = answer.status == 400 and trouble.code == "invalid_token"
    if not gone and trouble.kind is ErrorKind.GRANT_DEAD:
        # Only the documented answer proves that the permission has ended.
        return Trouble(ErrorKind.MALFORMED_ANSWER, answer.status, trouble.code, trouble.message)
    return None if gone else trouble
