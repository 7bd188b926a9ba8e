"""Addresses of pages about Google connections."""

from django.urls import path

from tokens.connections.views import oauth, reconnect_links
from tokens.credentials.views import clients, credentials
from tokens.diagnostics import views as diagnostics
from tokens.inspector import views as inspector

urlpatterns = [
    path("t/<slug:slug>/connections/start/", oauth.connection_start, name="connection-start"),
    path(
        "t/<slug:slug>/connections/<uuid:pk>/reconnect/",
        oauth.connection_reconnect,
        name="connection-reconnect",
    ),
    path(
        "t/<slug:slug>/connections/<uuid:pk>/doctor/",
        diagnostics.connection_doctor,
        name="connection-doctor",
    ),
    path(
        "t/<slug:slug>/connections/<uuid:pk>/check/",
        diagnostics.connection_check,
        name="connection-check",
    ),
    path("t/<slug:slug>/connections/trips/<uuid:pk>/", oauth.flow, name="flow"),
    path("t/<slug:slug>/connections/trips/<uuid:pk>/again/", oauth.flow_again, name="flow-again"),
    path("t/<slug:slug>/exchanges/", inspector.exchanges, name="exchanges"),
    path("t/<slug:slug>/exchanges/<uuid:pk>/", inspector.exchange, name="exchange"),
    path("t/<slug:slug>/connections/ask/", reconnect_links.connections_ask, name="connections-ask"),
    path(
        "t/<slug:slug>/connections/<uuid:pk>/link/",
        reconnect_links.connection_link,
        name="connection-link",
    ),
    path("t/<slug:slug>/credentials/", credentials.credentials, name="credentials"),
    path(
        "t/<slug:slug>/credentials/service-accounts/new/",
        credentials.service_account_new,
        name="credential-account-new",
    ),
    path(
        "t/<slug:slug>/credentials/service-accounts/<uuid:pk>/key/",
        credentials.service_account_key,
        name="credential-account-key",
    ),
    path(
        "t/<slug:slug>/credentials/service-accounts/<uuid:pk>/check/",
        credentials.service_account_check,
        name="credential-account-check",
    ),
    path(
        "t/<slug:slug>/credentials/service-accounts/<uuid:pk>/doctor/",
        diagnostics.service_account_doctor,
        name="credential-account-doctor",
    ),
    path(
        "t/<slug:slug>/credentials/service-accounts/<uuid:pk>/doctor/check/",
        diagnostics.service_account_doctor_check,
        name="credential-account-doctor-check",
    ),
    path(
        "t/<slug:slug>/credentials/service-accounts/<uuid:pk>/remove/",
        credentials.service_account_remove,
        name="credential-account-remove",
    ),
    path(
        "t/<slug:slug>/credentials/service-accounts/<uuid:pk>/rotate/",
        credentials.service_account_rotate,
        name="credential-account-rotate",
    ),
    path(
        "t/<slug:slug>/credentials/service-accounts/<uuid:pk>/schedule/",
        credentials.service_account_schedule,
        name="credential-account-schedule",
    ),
    path(
        "t/<slug:slug>/credentials/api-keys/new/",
        credentials.api_key_new,
        name="credential-api-key-new",
    ),
    path(
        "t/<slug:slug>/credentials/api-keys/<uuid:pk>/check/",
        credentials.api_key_check,
        name="credential-api-key-check",
    ),
    path(
        "t/<slug:slug>/credentials/api-keys/<uuid:pk>/project/",
        credentials.api_key_project,
        name="credential-api-key-project",
    ),
    path(
        "t/<slug:slug>/credentials/api-keys/<uuid:pk>/remove/",
        credentials.api_key_remove,
        name="credential-api-key-remove",
    ),
    path(
        "t/<slug:slug>/credentials/clients/new/", clients.client_new, name="credential-client-new"
    ),
    path(
        "t/<slug:slug>/credentials/clients/<uuid:pk>/secret/",
        clients.client_secret,
        name="credential-client-secret",
    ),
    path(
        "t/<slug:slug>/credentials/clients/<uuid:pk>/check/",
        clients.client_check,
        name="credential-client-check",
    ),
    path(
        "t/<slug:slug>/credentials/secrets/<uuid:pk>/remove/",
        clients.client_secret_remove,
        name="credential-client-secret-remove",
    ),
    path("reconnect/done/", reconnect_links.reconnect_done, name="reconnect-done"),
    path("reconnect/<str:token>/", reconnect_links.reconnect_link, name="reconnect-link"),
    path("google/callback/", oauth.callback, name="google-callback"),
]
