"""Settings of the benchmarks: the tests' own, with what is compared installed beside."""

from tests.settings import *  # noqa: F403  # the same, and more

# The watch for repeated queries reads the stack at each of them.
INSTALLED_APPS = [app for app in INSTALLED_APPS if app != "zeal"]  # noqa: F405  # from tests.settings
MIDDLEWARE = [one for one in MIDDLEWARE if not one.startswith("zeal.")]  # noqa: F405  # likewise
INSTALLED_APPS = [*INSTALLED_APPS, "social_django"]
AUTHENTICATION_BACKENDS = [
    *AUTHENTICATION_BACKENDS,  # noqa: F405  # likewise
    "social_core.backends.google.GoogleOAuth2",
]
SOCIAL_AUTH_GOOGLE_OAUTH2_KEY = "portal.apps.googleusercontent.com"
SOCIAL_AUTH_GOOGLE_OAUTH2_SECRET = "GOCSPX-emu-portal"
CELERY_TASK_ALWAYS_EAGER = False
