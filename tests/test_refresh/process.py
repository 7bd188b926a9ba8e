"""A process of its own for tests: a worker of the refresh engine, or callers of one connection."""

import json
import os
import sys
import threading
import time
from urllib.parse import urlsplit

GOOGLE = os.environ["PROCESS_GOOGLE"]
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.test_refresh.process_settings"

import django  # noqa: E402  # settings are named first

django.setup()

from django.db import connections  # noqa: E402  # needs the settings

from accounts.tenancy.models import Tenant  # noqa: E402  # likewise
from accounts.tenancy.scope import tenant_scope  # noqa: E402  # likewise
from tokens.connections.models.connection import GoogleConnection  # noqa: E402  # likewise
from tokens.connections.services.access_token import access_token  # noqa: E402  # likewise
from tokens.connections.services.refresh.worker import refresh_due  # noqa: E402  # likewise


def engine() -> None:
    """Refresh what is due until nothing is."""
    refresh_due()


def callers(tenant_id: str, pk: str, many: str, begin: str) -> list[tuple[str, float]]:
    """So many threads that all want the same access token at the same moment.

    Gives the end of the token that each got, and how many seconds it waited.
    """
    tenant = Tenant.objects.get(pk=tenant_id)
    got: list[tuple[str, float]] = []

    def call() -> None:
        with tenant_scope(tenant):
            row = GoogleConnection.objects.select_related("client", "tenant").get(pk=pk)
            time.sleep(max(0.0, float(begin) - time.time()))
            started = time.perf_counter()
            token = access_token(row)
            got.append((token[-12:], time.perf_counter() - started))
        connections.close_all()

    threads = [threading.Thread(target=call) for _ in range(int(many))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return got


if __name__ == "__main__":
    assert urlsplit(GOOGLE).port
    if sys.argv[1] == "engine":
        engine()
    elif sys.argv[1] == "waits":
        sys.stdout.write(json.dumps([wait for _, wait in callers(*sys.argv[2:])]))
    else:
        sys.stdout.write("\n".join(token for token, _ in callers(*sys.argv[2:])))
