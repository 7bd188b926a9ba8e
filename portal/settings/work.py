"""Background work: messages are hints, rows are the truth (docs/adr/0002)."""

from pathlib import Path

from kombu.transport import TRANSPORT_ALIASES

from portal.settings.env import BASE_DIR, env

CELERY_BROKER_URL: str = env.str("BROKER_URL", default="filesystem://")
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 10.0
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_SEND_TASK_EVENTS = False
CELERY_TASK_TIME_LIMIT = env.int("TASK_TIME_LIMIT", default=300)
CELERY_TASK_SOFT_TIME_LIMIT = CELERY_TASK_TIME_LIMIT - 30
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# A message that is not published is found by the sweep: there is no use in trying for long.
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 1, "interval_start": 0, "interval_step": 0}
# In memory: a schedule in a file is torn by a crash, and then keeps beat from starting.
CELERY_BEAT_SCHEDULER = "portal.operations.beat:SteadyScheduler"
# Seconds between sweeps. The longest that a lost message can delay a step.
SWEEP_INTERVAL: float = env.float("SWEEP_INTERVAL", default=5.0)

if CELERY_BROKER_URL.startswith("filesystem://"):
    TRANSPORT_ALIASES["filesystem"] = "portal.operations.broker:FolderTransport"
    _broker_dir = Path(env.str("BROKER_DIR", default=str(BASE_DIR / "var" / "broker")))
    for _folder in ("messages", "control"):
        (_broker_dir / _folder).mkdir(parents=True, exist_ok=True)
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(_broker_dir / "messages"),
        "data_folder_out": str(_broker_dir / "messages"),
        "control_folder": str(_broker_dir / "control"),
        "polling_interval": 0.1,
    }
elif CELERY_BROKER_URL.startswith("redis"):
    TRANSPORT_ALIASES["redis"] = TRANSPORT_ALIASES["rediss"] = (
        "portal.operations.broker:RedisTransport"
    )
    # Redis gives a lost worker's message back after this; it must be longer
    # than the longest task, or running work is started a second time.
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "visibility_timeout": CELERY_TASK_TIME_LIMIT * 2,
        "unacked_restore_interval": 5,
        "unacked_restore_throttle": 1,
        # A Redis that takes connections and says nothing is noticed after these (seconds).
        "socket_connect_timeout": 3,
        "socket_timeout": 10,
        "socket_keepalive": True,
        "health_check_interval": 10,
    }
