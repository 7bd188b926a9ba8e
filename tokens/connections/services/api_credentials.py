"""Who reads at Google: a connection of a person, or a service account that was given access.

A service account only reads. Google lets none accept its terms, so accounts are
created through people's connections alone (contract §2).
"""

from collections.abc import Callable
from typing import TypeVar

from tokens.api_keys.services.quota_keys import counted
from tokens.connections.models.connection import GoogleConnection
from tokens.connections.services.access_token import with_access
from tokens.exchanges.recording import Subject
from tokens.google.errors import ErrorKind, GoogleError
from tokens.service_accounts.models.service_account import ServiceAccount
from tokens.service_accounts.services.service_accounts import READ, active_key, token_by

R = TypeVar("R")
Reader = GoogleConnection | ServiceAccount


def readers() -> dict[str, Reader]:
    """Everything of the tenant in scope that can be read with, by its id as forms send it."""
    people = GoogleConnection.objects.select_related("tenant").usable()
    service_accounts = ServiceAccount.objects.select_related("tenant")
    return {str(one.pk): one for one in (*people, *service_accounts)}


def subject_of(reader: Reader) -> Subject:
    """For whom the journal says that an exchange was done."""
    if isinstance(reader, GoogleConnection):
        return Subject(reader.tenant_id, reader.pk)
    return Subject(reader.tenant_id, subject_id=reader.pk)


def read_with(reader: Reader, call: Callable[[str], R]) -> R:
    """Call Google with an access token of `reader`, that of a service account for reading alone.

    A refused token is renewed once and the call repeated once.

    Raises:
        ConnectionUnusable: a connection needs its person.
        Refused: Google does not accept the service account or its key.
        SecretUnreadable: its sealed key does not open.
        GoogleError: anything else that Google or the way to it said.
    """
    if isinstance(reader, GoogleConnection):
        return with_access(reader, call)
    key = active_key(reader)
    token = token_by(reader, key, READ)
    try:
        return counted(reader, lambda: call(token))
    except GoogleError as error:
        if error.kind is not ErrorKind.UNAUTHENTICATED:
            raise
    token = token_by(reader, key, READ, fresh=True)
    return counted(reader, lambda: call(token))
