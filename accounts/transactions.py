"""Transactions that are entered once."""

from contextlib import AbstractContextManager, nullcontext
from typing import Any

from django.db import connection, transaction


def joined() -> AbstractContextManager[Any]:
    """A transaction for what must be written together: the caller's own, where one is open.

    Unlike a nested `atomic()` it sets no savepoint, which would cost two more statements. So
    what is written inside cannot be taken back alone: let its errors end the whole.
    """
    return nullcontext() if connection.in_atomic_block else transaction.atomic()
