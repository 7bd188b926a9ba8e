"""Where most of these tests begin: a connection, and a request whose terms wait for its person."""

import pytest
from django.test import Client

from provisioning.requests.models.request import ProvisioningRequest
from tests.cast import Cast
from tests.emulator.thread import EmulatorThread
from tests.journeys import connected, fresh, new_request, work
from tokens.connections.models.connection import GoogleConnection


@pytest.fixture
def connection(owner_browser: Client, cast: Cast, google: EmulatorThread) -> GoogleConnection:
    """The owner's Google account, connected."""
    return connected(owner_browser, cast.tenant, google)


@pytest.fixture
def waiting(owner_browser: Client, connection: GoogleConnection) -> ProvisioningRequest:
    """A request whose terms wait to be accepted."""
    request = new_request(owner_browser, connection)
    work()
    return fresh(request.pk)
