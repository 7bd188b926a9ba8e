"""A worker that rotates service accounts' keys and can be killed, with -9, at any step.

As `tests/test_create/killable.py`, which says what a step is.
"""

from django.db import connection
from django.utils import timezone

from tests.test_create.killable import Fuse, fork_for_each_line
from tokens.service_accounts.tasks import rotate_accounts_due
from tokens.service_accounts.unscoped import due_account_rotations


def work(die_at: int) -> int:
    """Go on with every rotation as long as one is due; returns the steps made."""
    fuse = Fuse(die_at)
    fuse.burn_along()
    with connection.execute_wrapper(fuse.on_write):
        while due_account_rotations(timezone.now(), 1):
            rotate_accounts_due()
    return fuse.steps


if __name__ == "__main__":
    fork_for_each_line(work)
