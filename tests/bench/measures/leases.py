"""Claiming what is due."""

from django.utils import timezone

from tests.bench.clock import rate
from tests.bench.registry import Stage, Table, measure
from tests.bench.rows import store
from tokens.clients.services.clients import portal_client
from tokens.connections.services.refresh.lease import lease_due
from tokens.connections.services.refresh.worker import BATCH

_STORED = (10_000, 100_000, 1_000_000)
_CLAIMED = 10_000


@measure("Claiming what is due")
def batches(stage: Stage) -> Table:
    """Connections claimed per second out of so many that are stored and all due."""
    rows: list[tuple[str, int]] = []
    there = 0
    for stored in _STORED:
        store(stage.tenant, there, stored - 1)
        there = stored
        rows.append((f"{stored:,}", round(rate(_CLAIMED, _claim))))
    return Table(("due connections stored", "claims per second"), rows)


def _claim() -> None:
    client = portal_client()
    left = _CLAIMED
    while left > 0:
        left -= sum(len(one.rows) for one in lease_due(client, timezone.now(), min(left, BATCH)))
