"""A thread in each process that tells the database which master keys the process holds."""

import threading
import time

import structlog
from django.db import DatabaseError, close_old_connections

from tokens.encryption.services.data_keys import write_counts
from tokens.encryption.services.master_keys import report

log = structlog.get_logger(__name__)

INTERVAL = 20.0
# A database that does not answer by then keeps no process from starting.
_LONGEST = 10.0


def report_keys(kind: str) -> threading.Thread:
    """Report now and every twenty seconds, for as long as this process runs.

    Comes back when the first report was made or has failed: it is what finds that the
    database was restored, and nothing may be refreshed before that is known. The
    connection is the thread's, so none is taken along into forks.
    """
    reported = threading.Event()
    thread = threading.Thread(
        target=_report_for_ever, args=(kind, reported), name="keys", daemon=True
    )
    thread.start()
    reported.wait(_LONGEST)
    return thread


def _report_for_ever(kind: str, reported: threading.Event) -> None:
    while True:
        close_old_connections()
        try:
            report(kind)
            write_counts()
        except DatabaseError as error:
            # Not migrated yet, or out of reach: the next report will tell.
            log.warning("the keys of this process could not be reported", why=str(error))
        finally:
            reported.set()
        close_old_connections()
        # The rhythm of a sign of life; nothing waits for it.
        time.sleep(INTERVAL)
