"""A process of its own that starts on a restored database, as on the day of the accident.

    python -m tests.test_rotation.restored tick
    python -m tests.test_rotation.restored doctor

`tick` starts as a worker does and does once all that the clock would have it do, but for
letting the doctor look; it prints how things stand. `doctor` is `manage.py secrets doctor`.
"""

import os
import sys

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.test_refresh.process_settings"

import django  # settings are named first

django.setup()

from django.core.management import call_command  # noqa: E402  # needs the settings

from portal.celery import app  # noqa: E402  # likewise
from portal.operations.startup import start  # noqa: E402  # likewise
from tokens.encryption.availability import key_availability  # noqa: E402  # likewise

DOCTOR = "tokens.leave_quarantine"


def tick() -> None:
    """One round of the clock."""
    start("worker")
    app.conf.task_always_eager = True
    app.conf.task_eager_propagates = True
    for line in app.conf.beat_schedule.values():
        if line["task"] != DOCTOR:
            app.tasks[line["task"]].apply(kwargs=line.get("kwargs"), throw=True)
    sys.stdout.write(key_availability().why or "at work")


if __name__ == "__main__":
    app.finalize()
    app.loader.import_default_modules()
    if sys.argv[1] == "tick":
        tick()
    else:
        call_command("secrets", "doctor")
