"""`manage.py rotate_keys`: changes keys while the portal runs, and shows how far it is."""

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.audit.recording import by_command
from accounts.tenancy.models import Tenant
from tokens.encryption.availability import PortalSealed
from tokens.encryption.models.rotation import KeyRotation, RotationKind, RotationState
from tokens.encryption.services.key_status import preview, status_lines
from tokens.encryption.services.master_keys import (
    NotYet,
    misplaced,
    newer_elsewhere,
    promote,
    waiting_key,
)
from tokens.encryption.services.retire_key import retire_by_kid
from tokens.encryption.services.rotation import (
    Worker,
    open_rotations,
    pause,
    resume,
    start_reseal,
    start_rewrap,
)

_WIDTH = 30
# So often what others hold is come back to, a second apart.
_TRIES = 5
_ACTOR = by_command("rotate_keys")


class Command(BaseCommand):
    """Works in the foreground; workers go on with whatever it leaves, and the other way round."""

    help = (
        "Makes the first key of FIELD_ENCRYPTION_KEY the active one, when every process holds it, "
        "and wraps all data keys with it. With --data-keys replaces the data keys and seals every "
        "secret anew. Reads and refreshes go on meanwhile; it may be killed and started again."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        what = parser.add_mutually_exclusive_group()
        what.add_argument("--data-keys", action="store_true", help="replace data keys, reseal")
        what.add_argument("--status", action="store_true", help="show keys and progress")
        what.add_argument("--dry-run", action="store_true", help="say what there would be to do")
        what.add_argument("--pause", action="store_true", help="pause what is running")
        what.add_argument("--resume", action="store_true", help="go on with what is paused")
        what.add_argument("--retire", metavar="key id", help="retire a key that nothing needs")
        what.add_argument(
            "--activate", metavar="key id", help="wrap with this master key; also the way back"
        )
        parser.add_argument(
            "--give-up",
            action="store_true",
            help="only with --retire: the master key is lost, and with it what it alone opens",
        )
        parser.add_argument("--organisation", metavar="slug", help="only with --data-keys")
        parser.add_argument("--background", action="store_true", help="leave the work to workers")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do the one thing that was asked for."""
        _refuse_what_would_be_ignored(options)
        try:
            self._do(options)
        except (NotYet, PortalSealed) as why:
            raise CommandError(str(why)) from why

    def _do(self, options: dict[str, Any]) -> None:
        if options["status"]:
            self._say(*status_lines())
        elif options["dry_run"]:
            self._say(*preview())
        elif options["pause"]:
            paused = [f"{one} is paused." for one in open_rotations() if pause(one, _ACTOR)]
            self._say(*(paused or ["Nothing is running, so nothing was paused."]))
        elif options["retire"]:
            said = retire_by_kid(options["retire"], _ACTOR, gives_up=options["give_up"])
            self._say(said)
        else:
            self._rotate(options)

    def _rotate(self, options: dict[str, Any]) -> None:
        rotations = self._begun(options)
        for rotation in rotations:
            if options["background"]:
                self._say(f"{rotation.get_kind_display()}: {rotation.left}, left to workers.")
            else:
                self._follow(rotation)

    def _begun(self, options: dict[str, Any]) -> list[KeyRotation]:
        if options["resume"]:
            going_on = [one for one in open_rotations() if one.state != "paused" or _resumed(one)]
            if not going_on:
                self._say("Nothing is paused or running. --status shows how things stand.")
            return going_on
        if options["data_keys"]:
            only = _organisation(options["organisation"])
            return [start_reseal(_ACTOR, "asked for in a terminal", organisation=only)]
        self._activate(options["activate"])
        open_ones = [one for one in open_rotations() if one.kind == RotationKind.REWRAP]
        return open_ones or [start_rewrap(_ACTOR)]

    def _activate(self, kid: str | None) -> None:
        """The key that was named, or a new one that stands first in this process's ring."""
        if kid is None:
            if newer := newer_elsewhere():
                raise NotYet(f"{' '.join(newer)} Run this where it is.")
            waiting = waiting_key()
            self._say(*misplaced())
            kid = waiting.kid if waiting else None
        if kid is not None:
            self._say(f"{promote(kid, _ACTOR)} is active now.")

    def _follow(self, rotation: KeyRotation) -> None:
        """Work on it, or watch whoever does."""
        self._say(f"{rotation.get_kind_display()} ({rotation.reason})")
        started, before, tries = time.monotonic(), rotation.done, 0
        while rotation.state == RotationState.RUNNING and tries < _TRIES:
            worker = Worker.lease(rotation.pk)
            if worker is None:
                # Somebody else is at it; a second is the rhythm of the bar, nothing waits for it.
                time.sleep(1)
                rotation.refresh_from_db()
                self._bar(rotation, 0)
                continue
            rotation = self._work(worker, started, before)
            if worker.waits:
                # Whoever holds those rows needs a moment; workers would come as soon.
                tries += 1
                time.sleep(1)
        self._say("")
        if rotation.state == RotationState.PAUSED:
            self._say("Paused. Go on with --resume.")
        elif rotation.is_open:
            raise CommandError(_unfinished(rotation))
        else:
            self._say(*_ending(rotation))

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


def _refuse_what_would_be_ignored(options: dict[str, Any]) -> None:
    """An option that does nothing here would be taken for done.

    Raises:
        CommandError: naming it.
    """
    looks_on = any(options[one] for one in ("status", "dry_run", "pause", "retire"))
    wrong = [
        name
        for name, is_wrong in (
            ("--organisation goes only with --data-keys.", not options["data_keys"]),
            ("--give-up goes only with --retire.", not options["retire"]),
            ("--background goes only with what rotates.", looks_on),
        )
        if is_wrong and options[name.split()[0].strip("-").replace("-", "_")]
    ]
    if wrong:
        raise CommandError(f"{' '.join(wrong)} Nothing was done.")


def _resumed(rotation: KeyRotation) -> bool:
    return resume(rotation, _ACTOR)


def _organisation(slug: str | None) -> Tenant | None:
    if not slug:
        return None
    tenant = Tenant.objects.filter(slug=slug).first()
    if tenant is None:
        raise CommandError(f"There is no organisation {slug}.")
    return tenant


def _unfinished(rotation: KeyRotation) -> str:
    said = f"Done: {rotation.done}. Left: {rotation.left}, failed: {rotation.failed}."
    why = f" Interrupted at {rotation.problem}; the log says more." if rotation.problem else ""
    others = " Others were writing to what is left." if rotation.left and not why else ""
    return f"{said}{why}{others} Workers try again every ten seconds; --status shows it."


def _ending(rotation: KeyRotation) -> list[str]:
    if not rotation.failed:
        return [f"Done: {rotation.done}. Nothing is left."]
    named = [
        f"  {one['organisation']}: {one['model']} {one['row']} {one['column']}: {one['why']}"
        for one in rotation.failures[:20]
    ]
    return [f"Done: {rotation.done}. {rotation.failed} did not open and stay as they are:", *named]
