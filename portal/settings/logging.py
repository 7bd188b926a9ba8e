"""Structured logs on standard output, with request, tenant and task bound to each line."""

from typing import Any

from portal.settings.env import env

LOG_FORMAT: str = env.str("LOG_FORMAT", default="json")
LOG_LEVEL: str = env.str("LOG_LEVEL", default="INFO")

# Redacts every record, whatever handler writes it.
LOGGING_CONFIG = "portal.operations.logs.configure"
LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "structured": {"()": "portal.operations.logs.formatter", "log_format": LOG_FORMAT}
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "structured"}},
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
    "loggers": {
        # Django's own handlers: one mails every error to staff with all that the person sent, the
        # other writes addresses in the clear. Errors reach staff by `accounts.error_reports`.
        "django": {"handlers": [], "level": "INFO", "propagate": True},
        "django.server": {"handlers": [], "level": "INFO", "propagate": True},
        # These write codes and tokens into their DEBUG lines, so their floor is INFO
        # whatever the root level says.
        **{
            name: {"level": "INFO"}
            for name in (
                "oauthlib",
                "requests_oauthlib",
                "urllib3",
                "httplib2",
                "google.auth",
                "googleapiclient",
                "aiohttp.client",
            )
        },
    },
}
DEFAULT_EXCEPTION_REPORTER = "portal.operations.error_reporter.ErrorReporter"
DEFAULT_EXCEPTION_REPORTER_FILTER = "portal.operations.error_reporter.ReporterFilter"
