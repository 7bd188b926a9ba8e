"""All addresses of the building."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import include, path

from portal.audit_log import views as audit_log
from portal.authentication import views as authentication
from portal.demo import views as demo
from portal.offboarding import views as offboarding
from portal.operations import views as operations
from portal.pages.views import (
    clients,
    connections,
    disconnect,
    errors,
    home,
    organisations,
    security_txt,
    support,
)

# Django's own sign-in page would by-pass allauth's rate limits and verification.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

urlpatterns = [
    path("", home.landing, name="landing"),
    path("healthz", operations.healthz, name="healthz"),
    path("readyz", operations.readyz, name="readyz"),
    path("metrics", operations.metrics, name="metrics"),
    path(".well-known/security.txt", security_txt.security_txt, name="security-txt"),
    path("theme/", home.theme, name="theme"),
    path("organisations/", organisations.organisations, name="organisations"),
    path("demo/mail/", demo.demo_mail, name="demo-mail"),
    path("demo/mail/html/", demo.demo_mail_html, name="demo-mail-html"),
    path("support/end/", support.support_end, name="support-end"),
    path("admin/", admin.site.urls),
    # Before allauth's, since some of its pages are ours.
    path("", include("accounts.urls")),
    path(
        "accounts/google/login/callback/",
        authentication.google_sign_in_callback,
        name="google_callback",
    ),
    path("accounts/google/login/token/", authentication.closed, name="google_login_by_token"),
    path("accounts/", include("allauth.urls")),
    path("", include("tokens.urls")),
    path("", include("provisioning.urls")),
    path("t/<slug:slug>/connections/", connections.connections, name="connections"),
    path("t/<slug:slug>/connections/<uuid:pk>/", connections.connection, name="connection"),
    path(
        "t/<slug:slug>/connections/<uuid:pk>/disconnect/",
        disconnect.connection_disconnect,
        name="connection-disconnect",
    ),
    path(
        "t/<slug:slug>/credentials/clients/<uuid:pk>/remove/",
        clients.client_remove,
        name="credential-client-remove",
    ),
    path("t/<slug:slug>/audit/", audit_log.audit, name="audit"),
    path("t/<slug:slug>/audit/export/", audit_log.audit_export, name="audit-export"),
    path("t/<slug:slug>/data/", offboarding.tenant_data, name="tenant-data"),
    path("t/<slug:slug>/data/export/", offboarding.tenant_export, name="tenant-export"),
    path("t/<slug:slug>/data/delete/", offboarding.tenant_delete, name="tenant-delete"),
    path("t/<slug:slug>/data/keep/", offboarding.tenant_keep, name="tenant-keep"),
    path("t/<slug:slug>/alone/", home.works_alone, name="works-alone"),
    path("t/<slug:slug>/", home.home, name="home"),
]

handler400 = errors.bad_request
handler403 = errors.forbidden
# django-allauth's own.
handler429 = errors.too_many
handler404 = errors.not_found
handler500 = errors.server_error
