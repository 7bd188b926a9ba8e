"""The WSGI application, for gunicorn or any other server."""

import os

from django.core.wsgi import get_wsgi_application

from portal.pages.charset import utf8_only

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")

application = utf8_only(get_wsgi_application())

from portal.operations.startup import start  # noqa: E402  # needs the applications above

start("web")
