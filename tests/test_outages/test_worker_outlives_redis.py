"""Redis is killed under a busy worker: the worker lives, and works again when Redis is back."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from portal.demo.programs import ROOT
from tests.test_outages.neighbours import RedisServer

pytestmark = [pytest.mark.slow, pytest.mark.sqlite(only=True), pytest.mark.timeout(300)]

PATIENCE = 120


class Worker:
    """A worker of the product on a Redis, with its log."""

    def __init__(self, server: RedisServer, folder: Path) -> None:
        self.log = folder / "worker.log"
        # The product's own settings. Nothing here needs a row, so the database is an empty one.
        self.environment = {
            "PATH": os.environ["PATH"],
            "PORTAL_ENV_FILE": os.devnull,
            "DEBUG": "true",
            "SECRET_KEY": "canary-secret-key-for-tests-only-0123456789-abcdefghijklmnop",
            "FIELD_ENCRYPTION_KEY": "4QD7zgCMBOxAY3rwr5H7LwWu7cI_hWotPAsVgGJddV4=",
            "DATABASE_URL": f"sqlite:///{folder / 'empty.sqlite3'}",
            "CACHE_URL": "locmemcache://",
            "BROKER_URL": server.url,
            "PYTHONUNBUFFERED": "1",
        }
        options = ("--pool", "threads", "--concurrency", "3", "--loglevel", "INFO")
        app = ("-m", "celery", "--app", "tests.test_outages.worker_app", "worker")
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                (sys.executable, "-W", "ignore", *app, *options),
                env=self.environment,
                cwd=ROOT,
                stdout=log,
                stderr=log,
            )

    def waits_for(self, text: str, times: int = 1) -> None:
        until = time.monotonic() + PATIENCE
        while self.log.read_text().count(text) < times:
            assert self.process.poll() is None, self.log.read_text()[-4000:]
            assert time.monotonic() < until, self.log.read_text()[-4000:]
            time.sleep(0.05)


def test_a_busy_worker_lives_through_the_loss_of_its_broker(
    redis_server: RedisServer, tmp_path: Path
) -> None:
    worker = Worker(redis_server, tmp_path)
    try:
        worker.waits_for("ready.")
        publish(worker, "tests.slow", 4)
        publish(worker, "tests.slow", 4)
        worker.waits_for("tests.slow", times=3)
        redis_server.kill()
        worker.waits_for("Connection to broker lost")
        worker.waits_for("slow task ended", times=2)
        redis_server.start()
        publish(worker, "tests.note", "afterwards")
        worker.waits_for("noted afterwards")
    finally:
        worker.process.kill()
        worker.process.wait()


def publish(worker: Worker, task: str, argument: object) -> None:
    program = (
        "import sys, json; from portal.celery import app;"
        "app.send_task(sys.argv[1], json.loads(sys.argv[2]))"
    )
    subprocess.run(
        (sys.executable, "-W", "ignore", "-c", program, task, json.dumps([argument])),
        env=worker.environment,
        cwd=ROOT,
        check=True,
    )
