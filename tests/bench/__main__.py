"""`python -m tests.bench [NAME …]`: measures on the database of DATABASE_URL, into the record."""

import argparse
import time

from django.core.management import call_command
from django.db import connection

from accounts.audit.recording import by_worker
from accounts.members.services.tenants import create_tenant
from accounts.users.models import User
from tests.bench import measures, record
from tests.bench.owner import as_owner
from tests.bench.registry import MEASURES, Measure, Stage


def take(measure: Measure, asked: argparse.Namespace) -> None:
    """One measure, on an empty database and with a tenant of its own."""
    with as_owner():
        call_command("flush", interactive=False, verbosity=0)
    owner = User.objects.create_user("bench@portal.example")
    tenant = create_tenant(name="Bench", owner=owner, actor=by_worker())
    started = time.perf_counter()
    table = measure.run(Stage(tenant, asked.rows, asked.rounds, asked.minutes))
    took = time.perf_counter() - started
    record.keep(measure, table, took)
    print(f"{connection.vendor}: {measure.title} ({took:.0f} s)")
    for row in (table.head, *table.rows):
        print("  ", *row, sep="  ")


def main() -> None:
    """Measure on a database of our own, which is dropped afterwards."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=measures.__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(MEASURES))
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--minutes", type=int, default=30)
    asked = parser.parse_args()
    unknown = [name for name in asked.names if name not in MEASURES]
    if unknown:
        parser.error(f"no such measure: {', '.join(unknown)}; there are: {', '.join(MEASURES)}")
    name = connection.settings_dict["NAME"]
    connection.creation.create_test_db(verbosity=0)
    try:
        for chosen in asked.names or [one.name for one in MEASURES.values() if not one.long]:
            take(MEASURES[chosen], asked)
    finally:
        connection.creation.destroy_test_db(name, verbosity=0)


if __name__ == "__main__":
    main()
