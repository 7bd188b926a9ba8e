#!/bin/sh
# One image, four jobs: web, worker, beat, migrate. Anything else is run as it is.
# `exec` hands the container's signals to the process itself.
set -eu

# Dangerous settings, and a role that row-level security does not hold, must not serve anybody.
safe() {
    python manage.py check --deploy --tag security --tag caches --tag database --database default
}

case "${1:-web}" in
    web)
        safe
        # /dev/shm, because gunicorn's sign of life must not wait for a disk.
        exec gunicorn portal.wsgi --bind 0.0.0.0:8000 --worker-class gthread \
            --workers "${WEB_WORKERS:-2}" --threads "${WEB_THREADS:-8}" \
            --worker-tmp-dir /dev/shm --no-control-socket
        ;;
    worker)
        safe
        exec celery --app portal worker --pool threads \
            --concurrency "${WORKER_THREADS:-8}" --loglevel INFO
        ;;
    beat)
        safe
        exec celery --app portal beat --pidfile= --loglevel INFO
        ;;
    migrate)
        exec python manage.py migrate --noinput
        ;;
    *)
        exec "$@"
        ;;
esac
