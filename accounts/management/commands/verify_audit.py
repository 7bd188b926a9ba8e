"""`manage.py verify_audit`: is the audit record as it was written?"""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from accounts.audit.services.chain import link_new, verify_chain
from accounts.tenancy.models import Tenant


class Command(BaseCommand):
    """Links what is new, looks through every chain; exit code 1 when one is broken."""

    help = (
        "Recomputes the chain of hashes over every organisation's audit record and names the "
        "first record that was changed or removed. Keep the heads that it prints elsewhere: "
        "a chain that was cut short or written anew shows in them alone."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """One tenant instead of all."""
        parser.add_argument("--tenant", metavar="slug", help="verify this organisation only")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print one line for each chain."""
        slug = options["tenant"]
        tenants = Tenant.objects.filter(slug=slug) if slug else Tenant.objects.order_by("slug")
        chains: list[Tenant | None] = list(tenants)
        broken = [self._look(tenant) for tenant in (chains if slug else [*chains, None])]
        if any(broken):
            sys.exit(1)

    def _look(self, tenant: Tenant | None) -> bool:
        name = tenant.slug if tenant else "(no organisation)"
        while link_new(tenant):
            pass
        status = verify_chain(tenant)
        if status.broken:
            self.stderr.write(f"BROKEN  {name}: {status.broken}")
        else:
            self.stdout.write(f"ok      {name}: {status.links} records, head {status.head}")
        return bool(status.broken)
