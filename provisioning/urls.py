"""Addresses of pages about provisioning requests."""

from django.urls import path

from provisioning.views import actions, requests, terms

_LIST = "t/<slug:slug>/requests/"
_ONE = f"{_LIST}<uuid:pk>/"

urlpatterns = [
    path(_LIST, requests.requests, name="requests"),
    path(f"{_LIST}new/", requests.request_new, name="request-new"),
    path(_ONE, requests.request_page, name="request"),
    path(f"{_ONE}live/", requests.request_live, name="request-live"),
    path(f"{_ONE}again/", actions.request_again, name="request-again"),
    path(f"{_ONE}cancel/", actions.request_cancel, name="request-cancel"),
    path(f"{_ONE}check/", actions.request_check, name="request-check"),
    path(f"{_ONE}connect/", actions.request_connect, name="request-connect"),
    path(f"{_ONE}terms/", actions.request_terms, name="request-terms"),
    path(f"{_ONE}use/", actions.request_use, name="request-use"),
    path("google/terms/", terms.terms_return, name="terms-return"),
]
