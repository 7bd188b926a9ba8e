"""Addresses of pages about Google connections."""

from django.urls import path

from tokens.views import doctor, inspector, links, trips

urlpatterns = [
    path("t/<slug:slug>/connections/start/", trips.connection_start, name="connection-start"),
    path(
        "t/<slug:slug>/connections/<uuid:pk>/reconnect/",
        trips.connection_reconnect,
        name="connection-reconnect",
    ),
    path(
        "t/<slug:slug>/connections/<uuid:pk>/doctor/",
        doctor.connection_doctor,
        name="connection-doctor",
    ),
    path("t/<slug:slug>/connections/trips/<uuid:pk>/", trips.trip, name="trip"),
    path("t/<slug:slug>/connections/trips/<uuid:pk>/again/", trips.trip_again, name="trip-again"),
    path("t/<slug:slug>/exchanges/", inspector.exchanges, name="exchanges"),
    path("t/<slug:slug>/exchanges/<uuid:pk>/", inspector.exchange, name="exchange"),
    path("t/<slug:slug>/connections/ask/", links.connections_ask, name="connections-ask"),
    path(
        "t/<slug:slug>/connections/<uuid:pk>/link/", links.connection_link, name="connection-link"
    ),
    path("reconnect/done/", links.reconnect_done, name="reconnect-done"),
    path("reconnect/<str:token>/", links.reconnect_link, name="reconnect-link"),
    path("google/callback/", trips.callback, name="google-callback"),
]
