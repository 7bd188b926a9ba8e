"""Applications, middleware, templates, static files, language and mail."""

from portal.settings.env import BASE_DIR, env

DEBUG: bool = env.bool("DEBUG", default=False)
DEMO: bool = env.bool("DEMO", default=False)
BASE_URL: str = env.str("BASE_URL", default="http://localhost:8000").rstrip("/")
ALLOWED_HOSTS: list[str] = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1"])

ROOT_URLCONF = "portal.urls"
WSGI_APPLICATION = "portal.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "portal.apps.StaffAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    # For the templates of its widgets, which the form renderer below and Django admin include.
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.google",
    "allauth.usersessions",
    "django_filters",
    "django_htmx",
    "template_partials",
    "heroicons",
    "csp",
    "django_structlog",
    "django_prometheus",
    # Ours come last, because they rearrange what the others put into the admin.
    "portal.apps.PortalConfig",
    "provisioning.apps.ProvisioningConfig",
    "tokens.apps.TokensConfig",
    "accounts.apps.AccountsConfig",
]

MIDDLEWARE = [
    "portal.pages.middleware.AnsweringMiddleware",
    "portal.pages.proxies.ClientAddressMiddleware",
    "portal.pages.middleware.CookiesMiddleware",
    "django_prometheus.middleware.PrometheusBeforeMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
    "portal.pages.middleware.ReferenceMiddleware",
    "portal.pages.middleware.ZoneMiddleware",
    "portal.pages.middleware.SizeMiddleware",
    "portal.pages.middleware.QueryMiddleware",
    "portal.pages.middleware.PrivacyHeadersMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "portal.pages.middleware.SealedMiddleware",
    "portal.pages.middleware.ButtonMiddleware",
    "accounts.authentication.middleware.BrowserInUseMiddleware",
    "accounts.authentication.middleware.StaffScopeMiddleware",
    "django_prometheus.middleware.PrometheusAfterMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": ["portal.templatetags.portal_ui"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "portal.pages.context.shell",
            ],
        },
    },
]
FORM_RENDERER = "portal.pages.forms.FormRenderer"

LANGUAGE_CODE = "en"
# What libraries say differently from this house.
LOCALE_PATHS = [BASE_DIR / "portal" / "locale"]
FORMAT_MODULE_PATH = "portal.formats"
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True

STATIC_URL = "/static/"
# The manifest gives every file a name that changes with its content, so it may
# be cached for ever; it needs `collectstatic`, which a demo does without.
STATIC_MANIFEST: bool = env.bool("STATIC_MANIFEST", default=True)
STATIC_ROOT = (
    env.str("STATIC_ROOT", default=str(BASE_DIR / "staticfiles")) if STATIC_MANIFEST else None
)
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": (
            "whitenoise.storage.CompressedManifestStaticFilesStorage"
            if STATIC_MANIFEST
            else "django.contrib.staticfiles.storage.StaticFilesStorage"
        )
    },
}
WHITENOISE_USE_FINDERS = not STATIC_MANIFEST
WHITENOISE_AUTOREFRESH = False

MAIL_DIR: str = env.str("MAIL_DIR", default="")
vars().update(env.email_url("EMAIL_URL", default="filemail://" if MAIL_DIR else "consolemail://"))
EMAIL_FILE_PATH = MAIL_DIR
DEFAULT_FROM_EMAIL: str = env.str("DEFAULT_FROM_EMAIL", default="portal@localhost")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
EMAIL_TIMEOUT = 10
# Days that it is kept which mails went to whom, or did not; 0 keeps it for ever.
MAIL_RETENTION_DAYS: int = env.int("MAIL_RETENTION_DAYS", default=90)
ADMINS = [("Staff", address) for address in env.list("STAFF_EMAILS", default=[])]
