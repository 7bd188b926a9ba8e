"""Cookies, transport, content security policy."""

from csp.constants import NONE, SELF

from portal.settings.core import BASE_URL
from portal.settings.env import env
from portal.settings.google import GOOGLE_AUTHORIZE_URL, GOOGLE_TOS_ORIGIN, GOOGLE_TOS_V3_ORIGIN

_https = BASE_URL.startswith("https://")

SESSION_COOKIE_NAME = "__Host-session" if _https else "portal_session"
SESSION_COOKIE_SECURE = _https
SESSION_COOKIE_HTTPONLY = True
# Lax, not Strict: the browser comes back from Google by a top-level GET and
# must bring its session along.
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_NAME = "__Host-csrf" if _https else "portal_csrf"
CSRF_COOKIE_SECURE = _https
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "portal.pages.views.errors.csrf_failure"
CSRF_TRUSTED_ORIGINS = [BASE_URL]

SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=_https)
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = 31_536_000 if _https else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = _https
SECURE_HSTS_PRELOAD = _https
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

TRUSTED_PROXY_COUNT: int = env.int("TRUSTED_PROXY_COUNT", default=0)
if TRUSTED_PROXY_COUNT:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# Who carries it may read /metrics; without it there is no such page.
METRICS_TOKEN: str = env.str("METRICS_TOKEN", default="")

# Stands in /.well-known/security.txt; without it there is no such page.
SECURITY_CONTACT: str = env.str("SECURITY_CONTACT", default="")

DATA_UPLOAD_MAX_MEMORY_SIZE = 1_048_576
DATA_UPLOAD_MAX_NUMBER_FIELDS = 200
DATA_UPLOAD_MAX_NUMBER_FILES = 5
# Of a whole request, its files included, which the limits above do not count.
REQUEST_MAX_BYTES = 2 * DATA_UPLOAD_MAX_MEMORY_SIZE


def _origin(url: str) -> str:
    return "/".join(url.split("/", 3)[:3])


CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        # A form that leads to Google is answered with a redirect there, and
        # browsers hold redirects of forms against this list as well.
        "form-action": [
            SELF,
            _origin(GOOGLE_AUTHORIZE_URL),
            GOOGLE_TOS_ORIGIN,
            GOOGLE_TOS_V3_ORIGIN,
        ],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    },
}
