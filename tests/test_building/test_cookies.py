"""Cookies that nobody here sets are as if they had not come."""

from django.http import HttpResponse
from django.test import RequestFactory

from portal.pages.middleware import CookiesMiddleware


def test_a_cookie_with_what_no_database_keeps_is_left_out() -> None:
    # Quoted as RFC 2109 had it, a NUL passes every web server.
    request = RequestFactory().get("/", headers={"Cookie": 'session="a\\000b"; theme=dark'})
    assert request.COOKIES["session"] == "a\0b"
    CookiesMiddleware(lambda _: HttpResponse())(request)
    assert request.COOKIES == {"theme": "dark"}
