"""Transactions that are entered once, and work that is cut into many small ones."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet

# Small enough for a statement that locks nobody out for long.
BATCH = 1000


def joined() -> AbstractContextManager[Any]:
    """A transaction for what must be written together: the caller's own, where one is open.

    Unlike a nested `atomic()` it sets no savepoint, which would cost two more statements. So
    what is written inside cannot be taken back alone: let its errors end the whole.
    """
    return nullcontext() if connection.in_atomic_block else transaction.atomic()


def batches(rows: QuerySet[Any]) -> Iterator[list[Any]]:
    """The keys of `rows`, some at a time, for a caller who deletes them before asking for more.

    Each batch is a transaction of its own, so a run that is cut short has done its part
    and the next one goes on from there.
    """
    while batch := list(rows.values_list("pk", flat=True)[:BATCH]):
        yield batch
