"""Database and cache: SQLite on one machine, PostgreSQL and Redis in production."""

from typing import Any

from portal.settings.env import BASE_DIR, env

DATABASE: dict[str, Any] = env.db_url(
    "DATABASE_URL", default=f"sqlite:///{BASE_DIR / 'db.sqlite3'}"
)
if DATABASE["ENGINE"] == "django.db.backends.sqlite3":
    # All three are needed: with WAL alone, transactions that read and then
    # write fail at once with "database is locked" (see docs/adr/0003).
    DATABASE["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": (
            "PRAGMA journal_mode=WAL;"
            f"PRAGMA synchronous={env.str('SQLITE_SYNCHRONOUS', default='FULL')};"
        ),
    }
else:
    # Django's own, with the tenant in scope carried to row-level security (docs/adr/0008).
    DATABASE["ENGINE"] = "accounts.tenancy.postgresql"
    DATABASE["CONN_MAX_AGE"] = env.int("DATABASE_CONN_MAX_AGE", default=60)
    DATABASE["CONN_HEALTH_CHECKS"] = True
DATABASES = {"default": DATABASE}

# The cache holds rate limits and worker heartbeats, so every process must see
# the same one; a per-process cache would multiply every limit.
_cache: dict[str, Any] = env.cache_url("CACHE_URL", default="dbcache://portal_cache")
if _cache["BACKEND"] == "django.core.cache.backends.redis.RedisCache":
    _cache["BACKEND"] = "portal.operations.cache.ResilientRedisCache"
CACHES = {"default": _cache}
