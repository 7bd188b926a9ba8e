"""How what is logged is written: structured, and redacted for every handler there is.

Redaction does not belong to a handler, which somebody may add without it, but to the records
themselves: structlog's lines pass `blotted`, and all others are blotted when they are made.
"""

import logging
import logging.config
from typing import Any

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from portal.operations.redaction import redact, redact_error

_shared: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


def configure(config: dict[str, Any]) -> None:
    """Set logging up, as Django's `LOGGING_CONFIG`: for the handlers of settings and all others."""
    logging.config.dictConfig(config)
    logging.setLogRecordFactory(_record)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_shared,
            structlog.processors.StackInfoRenderer(),
            structlog.processors.format_exc_info,
            blotted,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )


def formatter(log_format: str) -> logging.Formatter:
    """One line of JSON for each record, or words for a `console`."""
    renderer: Processor = structlog.processors.JSONRenderer()
    if log_format == "console":
        renderer = structlog.dev.ConsoleRenderer(colors=False)
    return structlog.stdlib.ProcessorFormatter(
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            blotted,
            renderer,
        ],
        foreign_pre_chain=_shared,
    )


def blotted(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Blot out every value of a line, at any depth; of exceptions, whatever was sent."""
    return {
        name: redact_error(value) if name == "exception" else _blotted(value)
        for name, value in event.items()
    }


def _blotted(value: Any) -> Any:
    match value:
        case str():
            return redact(value)
        case dict():
            return {name: _blotted(inner) for name, inner in value.items()}
        case list() | tuple() | set() | frozenset():
            return [_blotted(inner) for inner in value]
        case None | bool() | int() | float():
            return value
    # The renderer would write it so.
    return redact(repr(value))


def _record(*args: Any, **kwargs: Any) -> logging.LogRecord:
    record = logging.LogRecord(*args, **kwargs)
    if not isinstance(record.msg, dict):
        record.msg, record.args = redact(_message(record)), None
    if record.exc_info and record.exc_info[0] is not None:
        # Handlers that write text use this, and look at the exception no more.
        record.exc_text = redact_error(logging.Formatter().formatException(record.exc_info))
    return record


def _message(record: logging.LogRecord) -> str:
    """What the record says; a line that somebody has written wrong is no error of who logs it.

    The standard library tells of such a line when it is written out; here that is too early.
    """
    try:
        return record.getMessage()
    except Exception as error:  # noqa: BLE001  # whatever a value raises that is put into words
        return f"{record.msg} (it cannot be put into words: {type(error).__name__})"
