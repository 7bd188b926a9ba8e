"""Clockwork of the building itself, and what its processes do when they start."""

from typing import Any

from celery import shared_task
from celery.signals import beat_init, task_failure, worker_init
from django.utils import timezone

from accounts.members.tasks import mail
from accounts.members.unscoped import due_member_mails
from accounts.offboarding.tasks import leaving_mail
from accounts.offboarding.unscoped import due_leaving_mails
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


@shared_task(name="portal.mail_members")
def mail_members() -> None:
    """Find the mails to members and owners that are due. After a restore they wait, as all does."""
    if not key_availability().may_work:
        return
    now = timezone.now()
    for tenant_id, mail_id in due_member_mails(now, SWEEP_LIMIT):
        mail.delay(str(tenant_id), str(mail_id))
    for tenant_id, mail_id in due_leaving_mails(now, SWEEP_LIMIT):
        leaving_mail.delay(str(tenant_id), str(mail_id))


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
