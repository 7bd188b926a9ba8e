"""All addresses of the building."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import include, path

from portal.views import connections, disconnect, errors, health, home, mail

admin.site.site_header = admin.site.site_title = "Analytics Portal · staff"
admin.site.index_title = "What is in the house"
# Django's own sign-in page would by-pass allauth's rate limits and verification.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

urlpatterns = [
    path("", home.landing, name="landing"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", health.metrics, name="metrics"),
    path("theme/", home.theme, name="theme"),
    path("demo/mail/", mail.demo_mail, name="demo-mail"),
    path("admin/", admin.site.urls),
    path("accounts/", include("allauth.urls")),
    path("", include("accounts.urls")),
    path("", include("tokens.urls")),
    path("", include("provisioning.urls")),
    path("t/<slug:slug>/connections/", connections.connections, name="connections"),
    path("t/<slug:slug>/connections/<uuid:pk>/", connections.connection, name="connection"),
    path(
        "t/<slug:slug>/connections/<uuid:pk>/disconnect/",
        disconnect.connection_disconnect,
        name="connection-disconnect",
    ),
    path("t/<slug:slug>/", home.home, name="home"),
]

handler400 = errors.bad_request
handler403 = errors.forbidden
handler404 = errors.not_found
handler500 = errors.server_error
