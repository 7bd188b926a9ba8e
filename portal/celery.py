"""The Celery application, and the one place to see what runs when."""

import os

from celery import Celery
from celery.schedules import crontab
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")

app = Celery("portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["portal", "accounts", "tokens", "provisioning"])

_NIGHTLY = {
    "tokens: exchanges with Google that are too old": {
        "task": "tokens.prune_exchanges",
        "schedule": crontab(hour=3, minute=17),
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
        "provisioning: requests that are due": {
            "task": "provisioning.sweep",
            "schedule": settings.SWEEP_INTERVAL,
            "options": {"expires": settings.SWEEP_INTERVAL * 2},
        },
        "tokens: connections that are due": {
            "task": "tokens.refresh_due",
            "schedule": settings.SWEEP_INTERVAL,
            "options": {"expires": settings.SWEEP_INTERVAL * 2},
        },
        "tokens: permissions that are to end at Google": {
            "task": "tokens.revoke_due",
            "schedule": 30.0,
            "options": {"expires": 60},
        },
        "tokens: service accounts whose keys are to rotate": {
            "task": "tokens.rotate_accounts_due",
            "schedule": 15.0,
            "options": {"expires": 30},
        },
        "tokens: key rotations that are running": {
            "task": "tokens.rotate_keys",
            "schedule": 10.0,
            "options": {"expires": 20},
        },
        "tokens: data keys that are spent or too old": {
            "task": "tokens.tend_data_keys",
            "schedule": crontab(minute="*/15"),
            "options": {"expires": 900},
        },
        "tokens: a quarantine that waits for the doctor": {
            "task": "tokens.leave_quarantine",
            "schedule": 5.0,
            "options": {"expires": 10},
        },
        "accounts: records that are to be chained": {
            "task": "accounts.link_audit",
            "schedule": 30.0,
            "options": {"expires": 60},
        },
        "portal: organisations that are to be deleted": {
            "task": "portal.erase_deleted",
            "schedule": 60.0,
            "options": {"expires": 120},
        },
        "portal: worker heartbeat": {
            "task": "portal.heartbeat",
            "schedule": 5.0,
            "options": {"expires": 10},
        },
    }
