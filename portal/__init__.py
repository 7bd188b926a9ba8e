"""The building: settings, urls, clock, pages and commands that join apps."""

from portal.celery import app as celery_app

__all__ = ["celery_app"]
