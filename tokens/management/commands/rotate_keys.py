"""`manage.py rotate_keys`: changes keys while the portal runs, and shows how far it is."""

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.audit import by_worker
from accounts.models import Tenant
from tokens.models import KeyRotation
from tokens.models.rotation import RotationState
from tokens.services.key_status import prospect, status_lines
from tokens.services.masters import NotYet, newcomer, promote
from tokens.services.retirement import retire_by_kid
from tokens.services.rotation import (
    Worker,
    open_rotations,
    pause,
    resume,
    start_reseal,
    start_rewrap,
)
from tokens.standing import PortalSealed

_WIDTH = 30


class Command(BaseCommand):
    """Works in the foreground; workers go on with whatever it leaves, and the other way round."""

    help = (
        "Makes the first key of FIELD_ENCRYPTION_KEY the active one, when every process holds it, "
        "and wraps all data keys with it. With --data-keys replaces the data keys and seals every "
        "secret anew. Reads and refreshes go on meanwhile; it may be killed and started again."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """What to do instead."""
        what = parser.add_mutually_exclusive_group()
        what.add_argument("--data-keys", action="store_true", help="replace data keys, reseal")
        what.add_argument("--status", action="store_true", help="show keys and progress")
        what.add_argument("--dry-run", action="store_true", help="say what there would be to do")
        what.add_argument("--pause", action="store_true", help="pause what is running")
        what.add_argument("--resume", action="store_true", help="go on with what is paused")
        what.add_argument("--retire", metavar="key id", help="retire a key that nothing needs")
        parser.add_argument("--organisation", metavar="slug", help="only with --data-keys")
        parser.add_argument("--background", action="store_true", help="leave the work to workers")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do the one thing that was asked for."""
        try:
            self._do(options)
        except (NotYet, PortalSealed) as why:
            raise CommandError(str(why)) from why

    def _do(self, options: dict[str, Any]) -> None:
        if options["status"]:
            self._say(*status_lines())
        elif options["dry_run"]:
            self._say(*prospect())
        elif options["pause"]:
            self._say(*(f"{one} is paused." for one in open_rotations() if pause(one, by_worker())))
        elif options["retire"]:
            self._say(retire_by_kid(options["retire"], by_worker()))
        else:
            self._rotate(options)

    def _rotate(self, options: dict[str, Any]) -> None:
        rotations = self._begun(options)
        for rotation in rotations:
            if options["background"]:
                self._say(f"{rotation.get_kind_display()}: {rotation.total}, left to workers.")
            else:
                self._follow(rotation)

    def _begun(self, options: dict[str, Any]) -> list[KeyRotation]:
        if options["resume"]:
            return [one for one in open_rotations() if one.state != "paused" or _resumed(one)]
        if options["data_keys"]:
            only = _organisation(options["organisation"])
            return [start_reseal(by_worker(), "asked for in a terminal", organisation=only)]
        waiting = newcomer()
        if waiting is not None:
            promote(waiting.kid, by_worker())
            self._say(f"{waiting} is active now.")
        return open_rotations() or [start_rewrap(by_worker())]

    def _follow(self, rotation: KeyRotation) -> None:
        """Work on it, or watch whoever does."""
        self._say(f"{rotation.get_kind_display()} ({rotation.reason})")
        started, before = time.monotonic(), rotation.done
        while rotation.is_open:
            worker = Worker.claim(rotation.pk)
            if worker is None:
                # Somebody else is at it; a second is the rhythm of the bar, nothing waits for it.
                time.sleep(1)
                rotation.refresh_from_db()
                self._bar(rotation, 0)
            else:
                rotation = self._work(worker, started, before)
            if rotation.state == RotationState.PAUSED:
                self._say("", "Paused. Go on with --resume.")
                return
        self._say("", *_ending(rotation))

    def _work(self, worker: Worker, started: float, before: int) -> KeyRotation:
        try:
            for rotation in worker.work():
                spent = max(time.monotonic() - started, 0.001)
                self._bar(rotation, (rotation.done - before) / spent)
        finally:
            worker.let_go()
        return worker.rotation

    def _bar(self, rotation: KeyRotation, rate: float) -> None:
        full = 1.0 if not rotation.left else rotation.done / max(1, rotation.total)
        drawn = "█" * int(full * _WIDTH)
        eta = f", {rotation.left / rate:.0f} s to go" if rate and rotation.left else ""
        self.stdout.write(
            f"\r{drawn:░<{_WIDTH}} done {rotation.done}, failed {rotation.failed}, "
            f"left {rotation.left}, {rate:.0f}/s{eta}   ",
            ending="",
        )
        self.stdout.flush()

    def _say(self, *lines: str) -> None:
        for line in lines:
            self.stdout.write(line)


def _resumed(rotation: KeyRotation) -> bool:
    return resume(rotation, by_worker())


def _organisation(slug: str | None) -> Tenant | None:
    if not slug:
        return None
    tenant = Tenant.objects.filter(slug=slug).first()
    if tenant is None:
        raise CommandError(f"There is no organisation {slug}.")
    return tenant


def _ending(rotation: KeyRotation) -> list[str]:
    if not rotation.failed:
        return [f"Done: {rotation.done}. Nothing is left."]
    named = [
        f"  {one['organisation']}: {one['model']} {one['row']} {one['column']}: {one['why']}"
        for one in rotation.failures[:20]
    ]
    return [f"Done: {rotation.done}. {rotation.failed} did not open and stay as they are:", *named]
