"""Which charsets a request may be in: the one that every page sends."""

import re
from collections.abc import Callable, Iterable
from typing import Any

Application = Callable[[dict[str, Any], Any], Iterable[bytes]]
_OTHER = re.compile(r";\s*charset\s*=\s*(?!\"?utf-?8\b)[^;]*", re.IGNORECASE)


def utf8_only(application: Application) -> Application:
    """`application`, to which no request names another charset than UTF-8.

    Django reads a query in whatever charset of Python a request names, before any middleware:
    some raise, some read halves of characters that no database keeps, some unpack.
    """

    def answer(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        environ["CONTENT_TYPE"] = _OTHER.sub("", environ.get("CONTENT_TYPE", ""))
        return application(environ, start_response)

    return answer
