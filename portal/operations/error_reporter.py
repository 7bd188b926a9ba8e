"""Django's report of an error, without what people have sent and without local variables.

`django.utils.log.AdminEmailHandler` and whatever else asks for a report get this one. In
development (`DEBUG`) it is Django's own, which no production starts with (`portal.E014`).
"""

from types import TracebackType
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.views.debug import ExceptionReporter, SafeExceptionReporterFilter

from portal.operations.redaction import redact_error

_EXCEPTION = ("exception_value", "exception_notes")


class ReporterFilter(SafeExceptionReporterFilter):
    """Lets through neither settings nor headers, fields or locals."""

    def get_safe_settings(self) -> dict[str, Any]:
        """None: addresses of brokers and caches carry passwords under names that say nothing."""
        return super().get_safe_settings() if settings.DEBUG else {}

    def get_safe_request_meta(self, request: HttpRequest) -> dict[str, Any]:
        """None: cookies and Authorization stand there."""
        return super().get_safe_request_meta(request) if settings.DEBUG else {}

    def get_post_parameters(self, request: HttpRequest | None) -> Any:
        return super().get_post_parameters(request) if settings.DEBUG else {}

    def get_traceback_frame_variables(self, request: HttpRequest | None, tb_frame: Any) -> Any:
        """None: a view holds in its locals what its form has cleaned."""
        return super().get_traceback_frame_variables(request, tb_frame) if settings.DEBUG else []


class ErrorReporter(ExceptionReporter):
    """Says where an exception was raised, and no more."""

    def __init__(
        self,
        request: HttpRequest | None,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        tb: TracebackType | None,
        is_email: bool = False,  # noqa: FBT001, FBT002  # Django's
    ) -> None:
        known = request if settings.DEBUG else None
        super().__init__(known, exc_type, exc_value, tb, is_email)

    def get_traceback_data(self) -> dict[str, Any]:
        data: dict[str, Any] = super().get_traceback_data()
        if settings.DEBUG:
            return data
        for name in _EXCEPTION:
            if name in data:
                data[name] = redact_error(str(data[name]))
        # A part of a text that could not be decoded, and of a template's.
        data["unicode_hint"] = data["template_info"] = None
        for frame in data["frames"]:
            if cause := frame.get("exc_cause"):
                frame["exc_cause"] = redact_error(str(cause))
        return data
