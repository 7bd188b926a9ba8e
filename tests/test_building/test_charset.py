"""No request is read in a charset that no page sends."""

from collections.abc import Iterable
from typing import Any

import pytest
from django.core.handlers.wsgi import WSGIRequest
from django.test import RequestFactory

from portal.pages.charset import utf8_only
from tests.test_house.source import ROOT


def read(kind: str) -> WSGIRequest:
    """What Django makes of a request of this kind, behind the portal's own door."""
    seen: list[WSGIRequest] = []

    def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        seen.append(WSGIRequest(environ))
        return []

    asked = RequestFactory().get("/?q=%5Cud800").environ
    utf8_only(application)({**asked, "CONTENT_TYPE": kind}, None)
    return seen[0]


@pytest.mark.parametrize(
    "charset", ["rot13", "zlib", "idna", "unicode_escape", "utf-16", '"utf-7"', "utf-8x"]
)
@pytest.mark.parametrize("after", ["", "; boundary=x"])
def test_another_charset_is_not_heard(charset: str, after: str) -> None:
    request = read(f"text/plain; charset={charset}{after}")
    assert request.GET["q"] == "\\ud800"
    assert request.content_params == ({"boundary": "x"} if after else {})


@pytest.mark.parametrize("charset", ["utf-8", "UTF-8", "utf8", '"utf-8"'])
def test_the_usual_one_stays(charset: str) -> None:
    kept = read(f"text/plain; charset={charset}").content_params or {}
    assert kept["charset"].lower().startswith("utf")


def test_the_application_is_behind_that_door() -> None:
    started = (ROOT / "portal" / "wsgi.py").read_text()
    assert "application = utf8_only(get_wsgi_application())" in started
