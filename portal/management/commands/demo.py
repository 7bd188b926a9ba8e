"""`manage.py demo`: the whole portal on this machine, with a local Google."""

import os
import sys
from typing import Any

from django.core.cache import cache
from django.core.management import call_command, get_commands
from django.core.management.base import BaseCommand, CommandError
from django.db import connections

from portal.demo.errors import DemoError
from portal.demo.folder import Folder
from portal.demo.output import Output
from portal.demo.programs import programs
from portal.demo.stop import stop
from portal.demo.supervise import supervise


class Command(BaseCommand):
    """Migrate, seed, and supervise until Ctrl-C."""

    help = (
        "Runs web, worker, beat and a local Google on this machine. Everything is kept in "
        "DEMO_DIR (.demo). PORTAL_PORT and GOOGLE_PORT choose the ports, DATABASE_URL another "
        "database, DEMO_VERBOSE=1 shows what the processes write."
    )
    requires_system_checks: list[str] = []  # noqa: RUF012  # Declared so by Django.

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the demo.

        Raises:
            CommandError: when a process ends by itself or the portal does not get ready.
        """
        if "DEMO_DIR" not in os.environ or not stop.listens:
            raise CommandError("Start the demo with `make demo` or `./manage.py demo`.")
        folder = Folder.at(os.environ["DEMO_DIR"])
        verbose = os.environ.get("DEMO_VERBOSE", "") not in ("", "0")
        output = Output(folder.logs, sys.stdout, verbose=verbose)
        output.say(f"Starting the portal; its data is in {folder.path}")
        self._prepare()
        try:
            supervise(programs(os.environ, folder.path), os.environ, output, stop)
        except DemoError as error:
            raise CommandError(str(error)) from error

    def _prepare(self) -> None:
        for name in ("migrate", "createcachetable", "seed_demo"):
            if name in get_commands() and not stop.asked:
                call_command(name, verbosity=0)
        # The last run's sign of life must not pass for this run's.
        cache.clear()
        connections.close_all()
