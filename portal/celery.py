"""The Celery application, and the one place to see what runs when."""

import os
from typing import Any

from celery import Celery
from celery.schedules import crontab
from celery.signals import setup_logging
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")

# Where tasks are: the subjects that have any.
SUBJECTS = [
    "accounts.audit",
    "accounts.authentication",
    "accounts.email",
    "accounts.staff",
    "portal.offboarding",
    "portal.operations",
    "provisioning.requests",
    "tokens.connections",
    "tokens.encryption",
    "tokens.exchanges",
    "tokens.service_accounts",
]

app = Celery("portal", task_cls="portal.operations.publishing:HintTask")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(SUBJECTS)

_NIGHTLY = {
    "tokens: exchanges with Google that are too old": {
        "task": "tokens.prune_exchanges",
        "schedule": crontab(hour=3, minute=17),
    },
    "accounts: e-mails that were settled long ago": {
        "task": "accounts.forget_emails",
        "schedule": crontab(hour=3, minute=29),
    },
    "accounts: errors of the portal of long ago": {
        "task": "accounts.forget_errors",
        "schedule": crontab(hour=3, minute=53),
    },
    "provisioning: requests that were never finished": {
        "task": "provisioning.tidy",
        "schedule": crontab(hour=4, minute=5),
    },
    "accounts: sessions whose time is over": {
        "task": "accounts.forget_sessions",
        "schedule": crontab(hour=3, minute=41),
    },
}


@app.on_after_configure.connect
def schedule(sender: Celery, **_: object) -> None:
    """Put every clockwork task on beat. A tick only says "look": what is due stands in rows."""
    sender.conf.beat_schedule = {
        **_NIGHTLY,
        "provisioning: requests that are due": _every(
            settings.SWEEP_INTERVAL, "provisioning.sweep"
        ),
        "tokens: connections that are due": _every(settings.SWEEP_INTERVAL, "tokens.refresh_due"),
        "tokens: what stands through removed clients": _every(15.0, "tokens.end_removed_clients"),
        "tokens: permissions that are to end at Google": _every(30.0, "tokens.revoke_due"),
        "tokens: service accounts whose keys are to rotate": _every(
            15.0, "tokens.rotate_accounts_due"
        ),
        "tokens: service accounts that are to be checked": {
            "task": "tokens.check_accounts_due",
            "schedule": crontab(minute="*/15"),
            "options": {"expires": 900},
        },
        "tokens: key rotations that are running": _every(10.0, "tokens.rotate_keys"),
        "tokens: data keys that are spent or too old": {
            "task": "tokens.tend_data_keys",
            "schedule": crontab(minute="*/15"),
            "options": {"expires": 900},
        },
        "tokens: a quarantine that waits for the doctor": _every(5.0, "tokens.leave_quarantine"),
        "accounts: records that are to be chained": _every(30.0, "accounts.link_audit"),
        "portal: e-mails that are due": _every(settings.SWEEP_INTERVAL, "portal.send_emails"),
        "portal: organisations that are to be deleted": _every(60.0, "portal.erase_deleted"),
        "portal: worker heartbeat": _every(5.0, "portal.heartbeat"),
    }


@setup_logging.connect
def keep_logging(**_: object) -> None:
    """Leave logging as the settings have it: Celery's own handlers would redact nothing."""


def _every(seconds: float, task: str) -> dict[str, Any]:
    """One line of the schedule. A tick that nobody took before the next but one is forgotten."""
    return {"task": task, "schedule": seconds, "options": {"expires": seconds * 2}}
