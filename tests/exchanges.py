"""Exchanges with Google that tests need without having had them, and what must not be in one."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from accounts.tenancy.models import Tenant
from accounts.tenancy.scope import across_tenants
from tests.emulator.requestlog import RequestLog
from tests.emulator.thread import EmulatorThread
from tokens.exchanges.models import Exchange
from tokens.exchanges.recording import Entry, Subject, write

TOKEN_URL = "https://oauth2.googleapis.com/token"
# What each kind of secret begins with, the emulator's as well as Google's.
# Of JSON Web Tokens that is the header; three letters of it stand in many a random value.
SECRETS = ("ya29.", "1//", "4/0", "GOCSPX-", "eyJhbGci", "eyJ0eXAi")


def exchange_row(subject: Subject, at: datetime | None = None, **fields: Any) -> Exchange:
    """An exchange that was written down at some moment."""
    values = {
        "method": "POST",
        "url": TOKEN_URL,
        "request_body": {"grant_type": "refresh_token"},
        "status": 200,
        "response_body": {"token_type": "Bearer"},
        "duration_ms": 12,
        **fields,
    }
    row = write(subject, Entry(**values))
    if at is not None:
        Exchange._base_manager.filter(pk=row.pk).update(created_at=at)
        row.refresh_from_db()
    return row


def exchanges_of(tenant: Tenant) -> list[Exchange]:
    """Everything that was said to Google for a tenant, oldest first."""
    with across_tenants():
        return list(Exchange.objects.filter(tenant=tenant).order_by("created_at"))


def leaks(texts: Iterable[str]) -> list[str]:
    """The secrets of which a text shows the beginning."""
    return [secret for text in texts for secret in SECRETS if secret in text]


def forget_exchanges(google: EmulatorThread) -> None:
    """Begin anew on both sides: nothing was asked, and nothing was written down."""
    google.call(lambda world: setattr(world, "log", RequestLog()))
    with across_tenants():
        Exchange.objects.all().delete()
