"""`manage.py secrets`: does every stored secret open? And quarantine after a restore."""

import sys
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.audit.recording import by_command
from accounts.tenancy.models import Tenant
from tokens.encryption.availability import key_availability
from tokens.encryption.models.restore_hold import RestoreHold
from tokens.encryption.services.decrypt_check import Inspection, how_many, inspect
from tokens.encryption.services.restore_hold import begin_restore_hold, end_restore_hold, judge

_ACTOR = by_command("secrets")
_UNKNOWN_KEY = "A retired master key is needed, or one that has no name here; or they are damaged."


class Command(BaseCommand):
    """The doctor changes nothing but a quarantine that waits for it."""

    help = (
        "doctor: opens every secret in the database, by model and key, and ends with 1 when one "
        "does not open. quarantine: nothing is refreshed until the doctor has passed; for after a "
        "restore. release: end the quarantine although secrets do not open."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """What to do, and for whom."""
        parser.add_argument("what", choices=("doctor", "quarantine", "release"))
        parser.add_argument("--organisation", metavar="slug", help="only with doctor")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["organisation"] and options["what"] != "doctor":
            raise CommandError("--organisation goes only with doctor. Nothing was done.")
        if options["what"] == "quarantine":
            row = begin_restore_hold("Asked for in a terminal.", _ACTOR)
            self.stdout.write(f"In quarantine since {row.began_at:%Y-%m-%d %H:%M} UTC.")
        elif options["what"] == "release":
            self._release()
        else:
            self._doctor(options["organisation"])

    def _release(self) -> None:
        row = RestoreHold.objects.filter(ended_at=None).first()
        if row is None:
            raise CommandError("There is no quarantine.")
        end_restore_hold(row, _ACTOR)
        self.stdout.write("Released: work with Google goes on.")

    def _doctor(self, slug: str | None) -> None:
        only = Tenant.objects.filter(slug=slug).first() if slug else None
        if slug and only is None:
            raise CommandError(f"There is no organisation {slug}.")
        found = self._inspected(only)
        waiting = RestoreHold.objects.filter(ended_at=None).first()
        if waiting and only is None and judge(waiting, found, _ACTOR):
            self.stdout.write("The quarantine has ended: work with Google goes on.")
        if found.locked:
            why = " ".join(key_availability().missing) or _UNKNOWN_KEY
            self.stderr.write(f"{found.locked.total()} secrets wait for a key. {why}")
        if found.failed:
            self.stderr.write(f"{found.failed.total()} secrets do not open.")
        if not found.is_green:
            sys.exit(1)

    def _inspected(self, only: Tenant | None) -> Inspection:
        started, total, found = time.monotonic(), how_many(), Inspection()
        for found in inspect(only):
            self._progress(found, total, time.monotonic() - started)
        self.stdout.write("")
        for where in sorted(found.opened + found.failed + found.locked):
            good, bad, locked = found.opened[where], found.failed[where], found.locked[where]
            mark = "BAD " if bad else "WAIT" if locked else "ok  "
            waits = f", {locked} wait for a key" if locked else ""
            model, kid = where
            self.stdout.write(f"{mark}  {model}, key {kid}: {good} open, {bad} do not{waits}")
        for one in found.failures:
            self.stdout.write(f"      {one.model} {one.row} {one.column}: {one.why}")
        return found

    def _progress(self, found: Inspection, total: int, spent: float) -> None:
        rate = found.rows / max(spent, 0.001)
        left = max(0, total - found.rows) / max(rate, 0.001)
        self.stdout.write(
            f"\r{found.rows} of {total} rows, {rate:.0f}/s, {left:.0f} s to go   ", ending=""
        )
        self.stdout.flush()
