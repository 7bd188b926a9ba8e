"""Clockwork of the building itself, and what its processes do when they start."""

from typing import Any

from celery import shared_task
from celery.signals import beat_init, task_failure, worker_init
from django.utils import timezone

from accounts.email.services.queue import due, send
from accounts.email.tasks import send_email
from accounts.staff.services.error_reports import report_error
from accounts.tenancy.tasks import SWEEP_LIMIT
from portal.operations.clock_changes import pull_back
from portal.operations.heartbeat import beat
from portal.operations.startup import start
from tokens.encryption.availability import key_availability


@shared_task(name="portal.heartbeat")
def heartbeat() -> None:
    """Leave a sign of life."""
    beat()


@shared_task(name="portal.clock_was_moved")
def clock_was_moved() -> None:
    """Bring nearer what waits for moments of a clock that was ahead."""
    pull_back()


@shared_task(name="portal.send_emails")
def send_emails() -> None:
    """Find the e-mails that are due, and send the few that are no tenant's.

    While the portal is sealed, or in quarantine, those of tenants wait, as all does. To staff they
    go all the same: one of them tells of it.
    """
    found = due(timezone.now(), SWEEP_LIMIT, of_tenants=key_availability().may_work)
    for email in found:
        if email.tenant_id:
            send_email.delay(str(email.tenant_id), str(email.pk))
    for email in found:
        if email.tenant_id is None:
            send(email.pk)


@task_failure.connect
def task_failed(sender: Any, exception: BaseException, **_: object) -> None:
    """Keep for staff what no task expects."""
    report_error(exception, sender.name)


@worker_init.connect
def worker_starts(**_: object) -> None:
    """Look at the keys before anything is worked on."""
    start("worker")


@beat_init.connect
def clock_starts(**_: object) -> None:
    """The clock opens no secret, but whoever runs with old settings must be known."""
    start("beat")
