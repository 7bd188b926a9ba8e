"""Addresses of pages about provisioning requests."""

from django.urls import path

from provisioning.existing import views as existing
from provisioning.requests.views import actions, details, lists, requests, terms

_LIST = "t/<slug:slug>/requests/"
_ONE = f"{_LIST}<uuid:pk>/"

urlpatterns = [
    path(_LIST, lists.requests, name="requests"),
    path(f"{_LIST}bulk/", lists.requests_bulk, name="requests-bulk"),
    path(f"{_LIST}outage/", lists.requests_outage, name="requests-outage"),
    path(f"{_LIST}export/", lists.requests_export, name="requests-export"),
    path(f"{_LIST}new/", requests.request_new, name="request-new"),
    path(f"{_LIST}same-website/", details.same_website, name="same-website"),
    path(f"{_LIST}existing/", existing.request_existing, name="request-existing"),
    path(f"{_LIST}start/", details.request_start, name="request-start"),
    path(_ONE, requests.request_page, name="request"),
    path(f"{_ONE}details/", details.request_details, name="request-details"),
    path(
        "t/<slug:slug>/settings/provisioning/",
        details.provisioning_settings,
        name="provisioning-settings",
    ),
    path(f"{_ONE}live/", requests.request_live, name="request-live"),
    path(f"{_ONE}again/", actions.request_again, name="request-again"),
    path(f"{_ONE}cancel/", actions.request_cancel, name="request-cancel"),
    path(f"{_ONE}check/", actions.request_check, name="request-check"),
    path(f"{_ONE}choose/", actions.request_choose, name="request-choose"),
    path(f"{_ONE}connect/", actions.request_connect, name="request-connect"),
    path(f"{_ONE}finish/", actions.request_finish, name="request-finish"),
    path(f"{_ONE}terms/", actions.request_terms, name="request-terms"),
    path(f"{_ONE}use/", actions.request_use, name="request-use"),
    path("google/terms/", terms.terms_return, name="terms-return"),
]
