"""The Celery application, and the one place to see what runs when."""

import os

from celery import Celery
from celery.schedules import crontab
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")

app = Celery("portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["portal", "accounts", "tokens", "provisioning"])


@app.on_after_configure.connect
def schedule(sender: Celery, **_: object) -> None:
    """Put every clockwork task on beat. A tick only says "look": what is due stands in rows."""
    sender.conf.beat_schedule = {
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
        "tokens: exchanges with Google that are too old": {
            "task": "tokens.prune_exchanges",
            "schedule": crontab(hour=3, minute=17),
        },
        "portal: worker heartbeat": {
            "task": "portal.heartbeat",
            "schedule": 5.0,
            "options": {"expires": 10},
        },
    }
