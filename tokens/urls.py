"""Addresses of pages about Google connections."""

from django.urls import path

from tokens.views import trips

urlpatterns = [
    path("t/<slug:slug>/connections/start/", trips.connection_start, name="connection-start"),
    path(
        "t/<slug:slug>/connections/<uuid:pk>/reconnect/",
        trips.connection_reconnect,
        name="connection-reconnect",
    ),
    path("t/<slug:slug>/connections/trips/<uuid:pk>/", trips.trip, name="trip"),
    path("t/<slug:slug>/connections/trips/<uuid:pk>/again/", trips.trip_again, name="trip-again"),
    path("google/callback/", trips.callback, name="google-callback"),
]
