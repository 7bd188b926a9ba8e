"""`manage.py doctor`: is the installation well, and is every credential of its tenants?"""

import sys
from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.tenancy.models import Tenant
from portal.operations.system_check import Line, installation, tenant_lines
from tokens.diagnostics.services import clock_skew

_MARKS = {"ok": "ok  ", "info": "info", "idle": "off ", "warn": "WARN", "bad": "BAD "}


class Command(BaseCommand):
    """Looks at everything, changes nothing; exit code 1 when something is red."""

    help = (
        "Examines clock, OAuth client, keys, worker, backlog, every Google connection, every "
        "service account and every API key. "
        "Changes nothing. Ends with 1 when something needs somebody."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """One tenant instead of all."""
        parser.add_argument("--tenant", metavar="slug", help="examine this organisation only")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print one line for each thing."""
        lines = list(self._lines(options["tenant"]))
        for line in lines:
            self.stdout.write(f"{_MARKS[line.tone]}  {line.name}: {line.seen}")
        red = sum(line.is_red for line in lines)
        if red:
            self.stderr.write(f"{red} of {len(lines)} need somebody.")
            sys.exit(1)
        self.stdout.write("All is well.")

    def _lines(self, slug: str | None) -> Iterator[Line]:
        tenants = Tenant.objects.order_by("slug")
        if slug:
            tenants = tenants.filter(slug=slug)
            if not tenants.exists():
                raise CommandError(f"There is no organisation {slug}.")
        skew = clock_skew()
        yield from installation(skew)
        for tenant in tenants.iterator():
            yield from tenant_lines(tenant, skew)
