"""The watch for queries that are repeated for each row is on, for every page in every test."""

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path
from pytest_django import Settings
from zeal.errors import NPlusOneError

from accounts.members.models.membership import Membership
from portal.urls import urlpatterns as portal
from tests.cast import Cast


def members(request: HttpRequest) -> HttpResponse:
    """A page that was written in a hurry."""
    return HttpResponse(", ".join(row.user.email for row in Membership.objects.all()))


def members_at_once(request: HttpRequest) -> HttpResponse:
    """The same, mended."""
    rows = Membership.objects.select_related("user")
    return HttpResponse(", ".join(row.user.email for row in rows))


urlpatterns = [path("slow/", members), path("fast/", members_at_once), *portal]


def test_a_page_that_asks_again_for_each_row_is_an_error(cast: Cast, settings: Settings) -> None:
    settings.ROOT_URLCONF = __name__
    with pytest.raises(NPlusOneError):
        Client().get("/slow/")
    assert cast.owner.email in Client().get("/fast/").content.decode()
